-- A batch goes on to another status, if nobody else moved it meanwhile.
UPDATE change_batches
SET status = CAST(:new AS text), decided_by = coalesce(CAST(:decided_by AS text), decided_by)
WHERE batch_id = :batch_id AND status = CAST(:old AS text)
