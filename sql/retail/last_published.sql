-- The files an automation published last, the newest a name.
SELECT DISTINCT ON (name) name, rows, sha256, created_at AS published_at
FROM published_files
WHERE automation = :automation AND status IN ('published', 'unchanged') AND is_sandbox = :is_sandbox
ORDER BY name, created_at DESC
