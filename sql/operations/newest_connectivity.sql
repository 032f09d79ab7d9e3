-- The newest internet check.
SELECT is_connected, checked_at, jsonb_array_length(hosts) AS hosts
FROM retail.connectivity_checks
WHERE is_sandbox = :is_sandbox AND checked_at > now() - interval '3 days'
ORDER BY checked_at DESC
LIMIT 1
