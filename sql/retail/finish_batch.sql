-- Count what became of a batch. A change nobody reported on was not written.
WITH counted AS (
    SELECT count(*) FILTER (WHERE status = 'applied') AS applied,
           count(*) FILTER (WHERE status = 'conflict') AS conflicts,
           count(*) FILTER (WHERE status IN ('failed', 'planned')) AS failed
    FROM changes
    WHERE batch_id = :batch_id
)
UPDATE change_batches b
SET status = CAST(:status AS text), applied = counted.applied, conflicts = counted.conflicts, failed = counted.failed,
    reason = coalesce(CAST(:reason AS text), b.reason), decided_by = coalesce(CAST(:decided_by AS text), b.decided_by),
    finished_at = clock_timestamp()
FROM counted
WHERE b.batch_id = :batch_id
