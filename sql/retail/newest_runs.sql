-- The newest run of each automation.
SELECT DISTINCT ON (automation) *
FROM automation_runs
ORDER BY automation, created_at DESC
