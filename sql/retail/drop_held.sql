-- An older plan that still waits is out of date as soon as a newer one waits, or nothing has to wait.
UPDATE change_batches
SET status = 'dropped', finished_at = clock_timestamp(), decided_by = coalesce(CAST(:decided_by AS text), decided_by)
WHERE status = 'held' AND automation = :automation AND (CAST(:batch_id AS bigint) IS NULL OR batch_id = :batch_id)
