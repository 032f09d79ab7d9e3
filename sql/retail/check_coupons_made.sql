-- How many coupons were made in the last month.
SELECT count(*) AS made
FROM effects
WHERE automation = 'stock_notifications' AND kind = 'coupon' AND status = 'sent' AND is_sandbox = :is_sandbox
  AND changed_at >= CAST(:now AS timestamptz) - interval '30 days'
