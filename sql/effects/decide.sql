-- A person moves effects on, if they still are what he saw. due: also those that were to be tried later are tried now.
WITH chosen AS (
    SELECT effect_id FROM effects
    WHERE effect_id = ANY(:ids) AND status = ANY(CAST(:old AS text[]))
    ORDER BY effect_id
    FOR UPDATE
), moved AS (
    UPDATE effects
    SET
        status = CAST(:new AS text), reason = CAST(:reason AS text), lease_until = NULL, changed_at = clock_timestamp(),
        next_try_at = CASE WHEN CAST(:new AS text) = 'planned' THEN greatest(due_at, clock_timestamp()) ELSE next_try_at END,
        attempt = CASE WHEN CAST(:new AS text) = 'planned' THEN 0 ELSE attempt END
    FROM chosen WHERE effects.effect_id = chosen.effect_id
    RETURNING effects.effect_id, effects.key
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, who)
    SELECT effect_id, CAST(:new AS text), CAST(:detail AS text), CAST(:who AS text) FROM moved
)
SELECT effect_id, key FROM moved ORDER BY effect_id
