-- Coupons that were made for who waited, with whom for: what the mail after each says.
SELECT c.changed_at, m.target AS email, c.payload ->> 'item_no' AS item_no, c.provider_id
FROM effects c
JOIN effects m ON m.after_id = c.effect_id
WHERE c.automation = 'stock_notifications' AND c.kind = 'coupon' AND c.status = 'sent' AND c.is_sandbox = :is_sandbox
ORDER BY c.changed_at, c.effect_id
