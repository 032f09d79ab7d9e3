-- What a gate decided about picked or claimed effects: later, or not at all. claims: NULL for picked ones.
WITH verdicts AS (
    SELECT * FROM unnest(
        CAST(:ids AS bigint[]), CAST(:statuses AS text[]), CAST(:until AS timestamptz[]), CAST(:reasons AS text[])
    ) AS given (effect_id, status, until, reason)
), moved AS (
    UPDATE effects
    SET
        status = verdicts.status, reason = verdicts.reason,
        next_try_at = CASE WHEN verdicts.until IS NULL THEN next_try_at
                           ELSE greatest(verdicts.until, clock_timestamp() + interval '1 second') END,
        lease_until = NULL, changed_at = clock_timestamp()
    FROM verdicts
    WHERE effects.effect_id = verdicts.effect_id
      AND (effects.status = 'planned' OR (effects.status = 'claimed' AND effects.began_at IS NULL
                                          AND effects.claim = ANY(CAST(:claims AS bigint[]))))
    RETURNING effects.effect_id, effects.status, effects.reason
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, run_id)
    SELECT effect_id, CASE WHEN status = 'planned' THEN 'deferred' ELSE status END, reason, CAST(:run_id AS text)
    FROM moved
)
SELECT effect_id FROM moved
