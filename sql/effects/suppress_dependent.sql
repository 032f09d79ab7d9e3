-- What waits for an effect that will not happen does not happen either. The few that wait for another are looked at,
-- not the many that ended somehow.
WITH waiting AS MATERIALIZED (
    SELECT effect_id, after_id FROM effects
    WHERE kind = :kind AND is_sandbox = :is_sandbox AND status IN ('planned', 'held') AND after_id IS NOT NULL
), orphaned AS MATERIALIZED (
    SELECT waiting.effect_id, first.key || ' is ' || first.status AS because
    FROM waiting
    CROSS JOIN LATERAL (SELECT key, status FROM effects WHERE effect_id = waiting.after_id OFFSET 0) AS first
    WHERE first.status IN ('suppressed', 'expired', 'failed', 'cancelled')
), locked AS MATERIALIZED (
    -- By their numbers alone: with the status beside it the planner may read all that waits.
    SELECT effect_id FROM (
        SELECT effect_id, status FROM effects
        WHERE effect_id = ANY(ARRAY(SELECT effect_id FROM orphaned))
        OFFSET 0
        FOR UPDATE SKIP LOCKED
    ) AS held
    WHERE status IN ('planned', 'held')
), ended AS (
    UPDATE effects
    SET status = 'suppressed', reason = 'it was to come after another, and ' || because, changed_at = clock_timestamp()
    FROM locked INNER JOIN orphaned ON orphaned.effect_id = locked.effect_id
    WHERE effects.effect_id = locked.effect_id
    RETURNING effects.effect_id, effects.key, effects.automation, effects.reason
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, run_id)
    SELECT effect_id, 'suppressed', reason, CAST(:run_id AS text) FROM ended
)
SELECT effect_id, key, automation, reason FROM ended
