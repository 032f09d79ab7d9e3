-- Texts of the last day with the moment each went and where its recipient may be.
SELECT e.key, e.began_at, e.payload->'zones' AS zones, e.payload->'states' AS states
FROM effects e
WHERE e.kind = 'text' AND e.status IN ('sent', 'unknown') AND e.is_sandbox = :is_sandbox AND e.began_at IS NOT NULL
  AND e.claimed_at >= now() - interval '1 day'
