-- How many effects are in which status; modes as they are now.
SELECT kind, status, count(*) AS effects
FROM effects
WHERE is_sandbox = (kind = ANY(:sandbox_kinds)) AND (CAST(:since AS timestamptz) IS NULL OR created_at >= :since)
GROUP BY kind, status
ORDER BY kind, status
