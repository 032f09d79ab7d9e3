-- The newest alerts, open or over.
SELECT key, first_seen, last_seen, due_at, count, level, title, detail, advice, told_at, reminded_at, acked_at, acked_by,
    over_at, over_reason, over_told_at, changed_at
FROM ops.alerts
ORDER BY first_seen DESC, key
LIMIT :most
