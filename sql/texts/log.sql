-- The texts of a month as the owner's log has them: what was answered stands in the last column.
SELECT
    e.claimed_at AT TIME ZONE :zone AS date, e.payload->>'cust_no' AS cust_no, e.target AS to_phone, e.payload->>'body' AS body,
    CASE WHEN e.status = 'sent' THEN coalesce(m.status, 'sent') || ' ' || coalesce(e.provider_id, '') ELSE e.status || ': ' || coalesce(e.reason, '') END AS response
FROM effects e
LEFT JOIN text_messages m ON m.effect_id = e.effect_id
WHERE e.kind = 'text' AND e.status IN ('sent', 'failed', 'suppressed', 'unknown') AND e.claimed_at IS NOT NULL
  AND e.is_sandbox = :is_sandbox
  AND e.claimed_at >= CAST(:first AS timestamp) AT TIME ZONE :zone
  AND e.claimed_at < (CAST(:first AS timestamp) + interval '1 month') AT TIME ZONE :zone
ORDER BY e.claimed_at, e.effect_id
