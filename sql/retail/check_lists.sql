-- The newest attempt of each file an automation publishes, with the rows of the one before it that was published.
SELECT DISTINCT ON (newest.name)
    newest.name, newest.rows, before.rows AS rows_before, newest.status, newest.detail, newest.created_at
FROM published_files AS newest
LEFT JOIN LATERAL (
    SELECT last.rows FROM published_files AS last
    WHERE
        last.automation = newest.automation AND last.name = newest.name AND last.is_sandbox = newest.is_sandbox
        AND last.published_id < newest.published_id AND last.status IN ('published', 'unchanged')
    ORDER BY last.published_id DESC LIMIT 1
) AS before ON TRUE
WHERE newest.automation = :automation AND newest.is_sandbox = :is_sandbox AND newest.status <> 'failed'
ORDER BY newest.name ASC, newest.published_id DESC
