-- When each target had its newest good copy.
SELECT name, max(created_at) FILTER (WHERE status IN ('ok', 'unchanged')) AS made_at
FROM retail.backup_copies
GROUP BY name
ORDER BY name
