-- Alerts that the next look needs: open ones, those that may come back, and those whose end is still to be told.
SELECT key, first_seen, last_seen, due_at, count, level, title, detail, advice, told_at, reminded_at, acked_at, acked_by,
    over_at, over_reason, over_told_at, changed_at
FROM ops.alerts
WHERE over_at IS NULL OR over_at > :since
    OR (over_told_at IS NULL AND (told_at IS NOT NULL OR due_at <= over_at))
ORDER BY first_seen, key
