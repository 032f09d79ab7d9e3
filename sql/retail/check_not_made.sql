-- Changes of an automation's newest run that were not made: somebody else was first, or the system refused.
SELECT
    change.status, change.label, change.target, change.key, change.field, change.old, change.new, change.detail,
    batch.batch_id
FROM (
    SELECT created_at AS ended, lag(created_at) OVER (ORDER BY created_at) AS previous_ended
    FROM automation_runs WHERE automation = :automation ORDER BY created_at DESC LIMIT 1
) AS newest
INNER JOIN change_batches AS batch
    ON
        batch.automation = :automation AND batch.undoes IS NULL AND batch.created_at <= newest.ended
        AND (newest.previous_ended IS NULL OR batch.created_at > newest.previous_ended)
INNER JOIN changes AS change ON change.batch_id = batch.batch_id
WHERE change.status IN ('conflict', 'failed')
ORDER BY change.status ASC, change.label ASC, change.key ASC
