-- The newest internet checks, the newest first.
SELECT check_id, checked_at, as_of, is_connected, hosts
FROM retail.connectivity_checks
WHERE is_sandbox = :is_sandbox
ORDER BY checked_at DESC, check_id DESC
LIMIT :at_most
