-- What became of a call. Only who holds the newest claim may say so; a late worker's word is kept as an event.
WITH moved AS (
    UPDATE effects
    SET
        status = CAST(:status AS text), reason = CAST(:reason AS text), provider_id = coalesce(CAST(:provider_id AS text), provider_id),
        next_try_at = CASE WHEN CAST(:status AS text) = 'planned'
                           THEN clock_timestamp() + :wait_seconds * interval '1 second' ELSE next_try_at END,
        lease_until = CASE WHEN CAST(:status AS text) = 'unknown' THEN clock_timestamp() + :wait_seconds * interval '1 second' END,
        attempt = attempt - :uncounted, looks = 0, changed_at = clock_timestamp()
    WHERE effect_id = :effect_id AND claim = :claim AND status IN ('claimed', 'unknown')
    RETURNING effect_id
), known AS (
    -- Said again, because the connection was lost while it was written down.
    SELECT FROM effects WHERE effect_id = :effect_id AND claim = :claim AND status = CAST(:status AS text)
      AND status NOT IN ('claimed', 'unknown')
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, attempt, claim, run_id)
    SELECT
        :effect_id, CASE WHEN EXISTS (SELECT FROM moved) THEN CAST(:status AS text) ELSE 'late' END,
        CASE WHEN EXISTS (SELECT FROM moved) THEN CAST(:detail AS text)
             ELSE 'a worker whose claim had ended said: ' || CAST(:status AS text) || coalesce(', ' || CAST(:detail AS text), '') END,
        :attempt, :claim, CAST(:run_id AS text)
    WHERE NOT EXISTS (SELECT FROM known)
)
SELECT (SELECT count(*) FROM moved) + (SELECT count(*) FROM known)
