-- When each target had its newest good copy, and when it was first tried: one that never had one grows old, too.
SELECT name, max(created_at) FILTER (WHERE status IN ('ok', 'unchanged')) AS made_at, min(created_at) AS tried_at
FROM retail.backup_copies
GROUP BY name
ORDER BY name
