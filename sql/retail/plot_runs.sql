-- What the newest runs of an automation wanted to change, the oldest first.
SELECT at, changes, status
FROM (
    SELECT as_of AS at, changes, status, created_at
    FROM automation_runs WHERE automation = :automation ORDER BY created_at DESC LIMIT 60
) AS newest
ORDER BY created_at
