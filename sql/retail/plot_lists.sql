-- The rows of each list at its newest uploads, the oldest first.
SELECT name, at, rows
FROM (
    SELECT name, created_at AS at, rows, published_id
    FROM published_files
    WHERE
        automation = :automation AND is_sandbox = :is_sandbox AND name LIKE '%.csv'
        AND status IN ('published', 'unchanged')
    ORDER BY published_id DESC LIMIT 400
) AS newest
ORDER BY published_id
