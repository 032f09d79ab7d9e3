-- Claims whose lease has ended. Not begun: nothing happened, it waits again. Begun: nobody knows.
WITH lapsed AS (
    SELECT effect_id FROM effects
    WHERE kind = :kind AND is_sandbox = :is_sandbox AND status = 'claimed' AND lease_until < clock_timestamp()
    FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE effects
    SET
        status = CASE WHEN began_at IS NULL THEN 'planned' ELSE 'unknown' END,
        reason = CASE WHEN began_at IS NULL THEN NULL ELSE 'its worker died during the call, or was cut off' END,
        lease_until = CASE WHEN began_at IS NULL THEN NULL ELSE clock_timestamp() + :grace * interval '1 second' END,
        looks = CASE WHEN began_at IS NULL THEN looks ELSE 0 END, changed_at = clock_timestamp()
    FROM lapsed WHERE effects.effect_id = lapsed.effect_id
    RETURNING effects.effect_id, effects.key, effects.automation, effects.status, effects.reason, effects.claim
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, claim, run_id)
    SELECT effect_id, status, coalesce(reason, 'its worker died before the call'), claim, CAST(:run_id AS text)
    FROM moved
)
SELECT effect_id, key, automation, status, reason FROM moved
