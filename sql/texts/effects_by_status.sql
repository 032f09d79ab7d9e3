-- What became of each campaign's texts that were planned since a day, and why not: reasons name nobody.
SELECT
    e.payload->>'campaign' AS campaign, e.status, CASE WHEN e.status <> 'sent' THEN e.reason END AS reason,
    count(*) AS texts
FROM effects e
-- What was made then was changed then or later; the second has the index.
WHERE e.kind = 'text' AND e.created_at >= :since AND e.changed_at >= :since AND e.is_sandbox = :is_sandbox
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
