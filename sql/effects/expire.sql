-- Too late is too late, whoever approves it or resumes its kind now.
WITH late AS (
    SELECT effect_id FROM effects
    WHERE kind = :kind AND is_sandbox = :is_sandbox AND status IN ('planned', 'held') AND not_after < clock_timestamp()
    FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE effects
    SET status = 'expired', reason = 'its time had passed', changed_at = clock_timestamp()
    FROM late WHERE effects.effect_id = late.effect_id
    RETURNING effects.effect_id, effects.key, effects.automation, effects.reason
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, run_id)
    SELECT effect_id, 'expired', reason, CAST(:run_id AS text) FROM ended
)
SELECT effect_id, key, automation, reason FROM ended
