-- What an automation itself wrote last, the newest a key, to the systems as they are now: what was done in the sandbox
-- says nothing about the live ones. A photo's value is its size afterwards, and of one that was refused the size it had.
SELECT DISTINCT ON (key) key, value, applied_at
FROM (
    SELECT change.key, change.new AS value, change.applied_at
    FROM changes AS change
    INNER JOIN change_batches AS batch ON batch.batch_id = change.batch_id
    WHERE
        change.automation = :automation AND change.field = :field AND change.status = 'applied'
        AND change.target <> 'files' AND batch.is_sandbox = (change.target = ANY(:sandbox_targets))
    UNION ALL
    SELECT new_name, to_jsonb(new_bytes), created_at
    FROM photo_files
    WHERE :automation = 'photos' AND :field = 'file' AND new_bytes IS NOT NULL
    UNION ALL
    SELECT file_name, to_jsonb(old_bytes), created_at
    FROM photo_files
    WHERE :automation = 'photos' AND :field = 'refused' AND action = 'refused'
) own
ORDER BY key, applied_at DESC
