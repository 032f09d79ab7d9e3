-- Changes of a run of an automation that died before it told what became of them.
SELECT b.batch_id, c.target, c.key, c.field, c.old, c.new
FROM change_batches b
JOIN changes c ON c.batch_id = b.batch_id
WHERE b.automation = :automation AND b.status = 'applying'
ORDER BY b.batch_id, c.change_id
