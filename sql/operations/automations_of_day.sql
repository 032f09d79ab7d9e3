-- What the store's automations did between two moments, with what became of their changes, files and effects. They hold
-- a lock of their own, so whatever was recorded of an automation while it ran was recorded by that run.
WITH runs AS (
    SELECT automation, run_id, status, considered, changes, seconds, error, created_at AS ended_at,
        created_at - seconds * interval '1 second' AS started_at
    FROM retail.automation_runs
    WHERE created_at >= :start AND created_at < CAST(:end AS timestamptz) + interval '1 day'
)
SELECT r.automation, r.run_id, r.status, r.considered, r.changes, r.seconds, r.error, r.started_at,
    c.applied, c.conflicts, c.failed, c.failed_because, b.held_because,
    f.published, f.unchanged, f.files_failed, f.file_failed_because, e.effects, e.effects_failed, e.effect_failed_because
FROM runs r
CROSS JOIN LATERAL (
    SELECT max(reason) FILTER (WHERE status = 'held') AS held_because
    FROM retail.change_batches
    WHERE automation = r.automation AND created_at BETWEEN r.started_at AND r.ended_at
) b
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE c.status = 'applied') AS applied,
        count(*) FILTER (WHERE c.status = 'conflict') AS conflicts,
        count(*) FILTER (WHERE c.status = 'failed') AS failed,
        min(c.detail) FILTER (WHERE c.status = 'failed') AS failed_because
    FROM retail.change_batches batch JOIN retail.changes c USING (batch_id)
    WHERE batch.automation = r.automation AND batch.created_at BETWEEN r.started_at AND r.ended_at
) c
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status = 'published') AS published,
        count(*) FILTER (WHERE status = 'unchanged') AS unchanged,
        count(*) FILTER (WHERE status = 'failed') AS files_failed,
        min(detail) FILTER (WHERE status = 'failed') AS file_failed_because
    FROM retail.published_files
    WHERE automation = r.automation AND created_at BETWEEN r.started_at AND r.ended_at
) f
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(status, effects) FILTER (WHERE status IS NOT NULL) AS effects,
        sum(effects) FILTER (WHERE status = 'failed') AS effects_failed,
        min(reason) FILTER (WHERE status = 'failed') AS effect_failed_because
    FROM (
        SELECT status, count(*) AS effects, min(reason) AS reason
        FROM ops.effects
        WHERE automation = r.automation AND created_at BETWEEN r.started_at AND r.ended_at
        GROUP BY status
    ) counted
) e
WHERE r.started_at >= :start AND r.started_at < :end
ORDER BY r.started_at, r.automation
