-- The files an automation published last, the newest a name. After a later try that failed or died nobody knows what
-- lies on the server, so there is no sha256 to compare with.
SELECT DISTINCT ON (p.name) p.name, p.rows, p.created_at AS published_at,
       CASE WHEN NOT EXISTS (
           SELECT FROM published_files later
           WHERE later.automation = p.automation AND later.name = p.name AND later.is_sandbox = p.is_sandbox
             AND later.status = 'failed' AND later.published_id > p.published_id
       ) THEN p.sha256 END AS sha256
FROM published_files p
WHERE p.automation = :automation AND p.status IN ('published', 'unchanged') AND p.is_sandbox = :is_sandbox
ORDER BY p.name, p.published_id DESC
