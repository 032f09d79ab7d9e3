-- Held effects of plans that were given up: a later plan may want the same keys.
WITH moved AS (
    UPDATE effects
    SET status = 'dropped', reason = NULL, changed_at = clock_timestamp()
    WHERE status = 'held' AND automation = :automation
      AND (CAST(:batch_id AS bigint) IS NULL OR batch_id = CAST(:batch_id AS bigint))
    RETURNING effect_id
)
INSERT INTO effect_events (effect_id, event, detail, who)
SELECT effect_id, 'dropped', 'its plan was given up', CAST(:who AS text) FROM moved
