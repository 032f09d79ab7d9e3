-- What Twilio says of texts; a status that is final stays, because callbacks come in any order.
UPDATE text_messages AS m
SET status = t.status, code = t.code, segments = coalesce(t.segments, m.segments), price = coalesce(t.price, m.price),
    told_at = clock_timestamp()
FROM told t
WHERE t.sid = m.sid AND (m.status NOT IN ('delivered', 'undelivered', 'failed') OR m.price IS NULL AND t.price IS NOT NULL)
  AND (m.status, m.code, m.price) IS DISTINCT FROM (t.status, t.code, coalesce(t.price, m.price))
