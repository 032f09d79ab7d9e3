-- Coupons of the last month that were made more than a day ago and whose request got no mail to this moment.
SELECT c.key, m.status, m.reason, c.changed_at AS made_at
FROM effects c
JOIN effects m ON m.after_id = c.effect_id
WHERE c.automation = 'stock_notifications' AND c.kind = 'coupon' AND c.status = 'sent' AND c.is_sandbox = :is_sandbox
  AND c.changed_at BETWEEN CAST(:now AS timestamptz) - interval '30 days' AND CAST(:now AS timestamptz) - interval '1 day'
  AND m.status <> 'sent'
  -- a later mail of the same request, with another coupon
  AND NOT EXISTS (
      SELECT FROM effects o
      WHERE o.automation = 'stock_notifications' AND o.kind = 'email' AND o.status = 'sent'
        AND o.is_sandbox = m.is_sandbox
        AND split_part(o.key, '/', 2) = split_part(m.key, '/', 2)
        AND split_part(o.key, '/', 3) = split_part(m.key, '/', 3)
  )
ORDER BY c.changed_at
