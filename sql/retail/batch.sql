-- One batch.
SELECT * FROM change_batches WHERE batch_id = :batch_id
