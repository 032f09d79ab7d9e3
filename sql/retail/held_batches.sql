-- Plans that wait for a person.
SELECT batch_id, automation, as_of, planned, considered, reason, is_sandbox, created_at
FROM change_batches
WHERE status = 'held'
ORDER BY batch_id
