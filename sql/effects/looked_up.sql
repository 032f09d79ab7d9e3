-- What the other side said about an unknown effect, unless somebody knew better meanwhile.
WITH moved AS (
    UPDATE effects
    SET
        status = CAST(:status AS text), reason = CAST(:reason AS text), provider_id = coalesce(CAST(:provider_id AS text), provider_id),
        next_try_at = CASE WHEN CAST(:status AS text) = 'planned' THEN clock_timestamp() ELSE next_try_at END,
        lease_until = CASE WHEN CAST(:status AS text) = 'unknown'
                           THEN clock_timestamp() + :wait_seconds * interval '1 second' END,
        changed_at = clock_timestamp()
    WHERE effect_id = :effect_id AND claim = :claim AND status = 'unknown'
    RETURNING effect_id
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, claim, run_id)
    SELECT effect_id, CASE WHEN CAST(:status AS text) = 'unknown' THEN 'looked_up' ELSE CAST(:status AS text) END, CAST(:detail AS text), :claim,
           CAST(:run_id AS text)
    FROM moved
)
SELECT count(*) FROM moved
