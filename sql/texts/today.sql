-- Texts that went, or may have gone, to these phones: those of today, the store's day, and those for the same occasions.
-- key: text/<campaign>/<customer>/<occasion>, with test- before it when it went to a test recipient.
SELECT
    had.effect_id, had.key, right(wanted.target, 10) AS digits, had.campaign,
    had.claimed_at >= date_trunc('day', now() AT TIME ZONE :zone) AT TIME ZONE :zone AS is_of_today
FROM unnest(CAST(:targets AS text[])) AS wanted (target)
CROSS JOIN LATERAL (
    -- The week of a phone by its own index: with the mode beside it, and until the server has counted the rows, the
    -- planner may read all that went in the week instead.
    SELECT e.effect_id, e.key, e.payload->>'campaign' AS campaign, e.claimed_at, e.is_sandbox
    FROM effects e
    WHERE e.kind = 'text' AND e.target = wanted.target AND e.status IN ('claimed', 'sent', 'unknown')
      AND e.claimed_at >= now() - interval '7 days'
    ORDER BY e.claimed_at
    OFFSET 0
) AS had
WHERE had.is_sandbox = :is_sandbox
