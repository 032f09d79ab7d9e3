-- What is known of an alert; an older version of it changes nothing.
INSERT INTO ops.alerts (
    key, first_seen, last_seen, due_at, count, level, title, detail, advice, told_at, reminded_at, acked_at, acked_by,
    over_at, over_reason, over_told_at, changed_at
)
VALUES (
    :key, :first_seen, :last_seen, :due_at, :count, :level, :title, :detail, :advice, :told_at, :reminded_at, :acked_at,
    :acked_by, :over_at, :over_reason, :over_told_at, :changed_at
)
ON CONFLICT (key, first_seen) DO UPDATE SET
    last_seen = excluded.last_seen, due_at = excluded.due_at, count = excluded.count, level = excluded.level,
    title = excluded.title, detail = excluded.detail, advice = excluded.advice, told_at = excluded.told_at,
    reminded_at = excluded.reminded_at, acked_at = excluded.acked_at, acked_by = excluded.acked_by,
    over_at = excluded.over_at, over_reason = excluded.over_reason, over_told_at = excluded.over_told_at,
    changed_at = excluded.changed_at
WHERE excluded.changed_at > alerts.changed_at
