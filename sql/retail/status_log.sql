-- Status changes that were written, by the run that wanted them.
SELECT b.as_of, c.key, c.label, c.reason, c.new
FROM changes c
JOIN change_batches b ON b.batch_id = c.batch_id
WHERE c.automation = :automation AND c.field = 'status' AND c.status = 'applied' AND b.as_of >= :since
  AND b.is_sandbox = :is_sandbox
ORDER BY b.as_of, c.change_id
