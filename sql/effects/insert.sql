-- What is not known yet. Who records the same key at the same time waits here, and then knows it.
WITH added AS (
    INSERT INTO effects (
        key, is_sandbox, kind, automation, target, label, wanted_because, payload, payload_sha256, content, due_at,
        not_after, after_key, next_try_at, status, reason, batch_id, run_id
    )
    SELECT
        key, is_sandbox, kind, :automation, target, label, wanted_because, payload, payload_sha256, content,
        coalesce(due_at, clock_timestamp()), not_after, after_key, coalesce(due_at, clock_timestamp()),
        CASE WHEN unfit IS NULL THEN CAST(:status AS text) ELSE 'failed' END, unfit, CAST(:batch_id AS bigint), CAST(:run_id AS text)
    FROM effect_stage
    ORDER BY key
    ON CONFLICT (key, is_sandbox) DO NOTHING
    RETURNING effect_id, key, status, reason
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, run_id)
    SELECT effect_id, 'recorded', coalesce(reason, status), CAST(:run_id AS text) FROM added
)
SELECT key FROM added
