-- The newest run of each automation, how often it failed in a row, and whether a plan of it waits for a person. A dry
-- run of a person proves nothing.
WITH runs AS (
    SELECT automation, status, error, created_at, run_id
    FROM retail.automation_runs
    WHERE created_at > now() - make_interval(days => :days) AND (run_id IS NOT NULL OR status <> 'planned')
),
good AS (
    SELECT automation, max(created_at) AS last_good FROM runs WHERE status <> 'failed' GROUP BY automation
),
bad AS (
    SELECT r.automation, count(*) AS failures, min(r.created_at) AS since
    FROM runs r LEFT JOIN good g USING (automation)
    WHERE r.status = 'failed' AND r.created_at > coalesce(g.last_good, '-infinity')
    GROUP BY r.automation
)
SELECT DISTINCT ON (r.automation)
    r.automation, r.status, r.error, r.created_at, coalesce(b.failures, 0) AS failures, b.since,
    EXISTS (SELECT FROM retail.change_batches c WHERE c.automation = r.automation AND c.status = 'held') AS waits
FROM runs r LEFT JOIN bad b USING (automation)
ORDER BY r.automation, r.created_at DESC
