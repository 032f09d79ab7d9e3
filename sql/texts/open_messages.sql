-- The oldest text whose end or price is not known yet. Who hears nothing for three days (of a price: one) gives it up.
SELECT min(sent_at) AS since, count(*) AS texts
FROM text_messages
WHERE is_sandbox = :is_sandbox AND sent_at >= now() - interval '3 days'
  AND (
      status NOT IN ('delivered', 'undelivered', 'failed')
      OR price IS NULL AND status = 'delivered' AND sent_at >= now() - interval '1 day'
  )
