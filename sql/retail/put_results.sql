-- What became of each change of a batch.
UPDATE changes c
SET status = r.status, detail = nullif(r.detail, ''),
    applied_at = CASE WHEN r.status = 'applied' THEN clock_timestamp() END
FROM change_results r
WHERE c.batch_id = :batch_id AND c.target = r.target AND c.key = r.key AND c.field = r.field
