-- Dagster runs in which automations ran to their end: those are told by automation.
SELECT DISTINCT run_id
FROM retail.automation_runs
WHERE run_id IS NOT NULL AND created_at >= :start AND created_at < CAST(:end AS timestamptz) + interval '1 day'
