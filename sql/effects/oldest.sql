-- Since when the oldest effect of each open status is so.
SELECT status, min(changed_at) AS since, count(*) AS effects
FROM effects
WHERE is_sandbox = (kind = ANY(:sandbox_kinds)) AND status IN ('held', 'planned', 'claimed', 'failed', 'unknown')
GROUP BY status
ORDER BY status
