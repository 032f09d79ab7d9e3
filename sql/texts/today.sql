-- Texts that went, or may have gone, to these phones: those of today, the store's day, and those for the same occasions.
-- key: text/<campaign>/<customer>/<occasion>, with test- before it when it went to a test recipient.
SELECT
    e.effect_id, e.key, right(e.target, 10) AS digits, e.payload->>'campaign' AS campaign,
    e.claimed_at >= date_trunc('day', now() AT TIME ZONE :zone) AT TIME ZONE :zone AS is_of_today
FROM effects e
WHERE e.kind = 'text' AND e.target = ANY(CAST(:targets AS text[])) AND e.is_sandbox = :is_sandbox
  AND e.status IN ('claimed', 'sent', 'unknown')
  AND e.claimed_at >= now() - interval '7 days'
