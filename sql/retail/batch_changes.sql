-- The changes of a batch.
SELECT target, key, field, old, new, reason, label, status, detail, applied_at
FROM changes
WHERE batch_id = :batch_id
ORDER BY change_id
