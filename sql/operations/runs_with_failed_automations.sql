-- Dagster runs in which an automation failed: that is told by automation.
SELECT DISTINCT run_id
FROM retail.automation_runs
WHERE status = 'failed' AND run_id IS NOT NULL AND created_at > now() - make_interval(days => :days)
