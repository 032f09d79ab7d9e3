-- What an automation itself wrote last, the newest a key. A photo's value is its size afterwards, and of one that was
-- refused the size it had then.
SELECT DISTINCT ON (key) key, value, applied_at
FROM (
    SELECT key, new AS value, applied_at
    FROM changes
    WHERE automation = :automation AND field = :field AND status = 'applied' AND target <> 'files'
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
