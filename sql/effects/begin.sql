-- The call begins: only by who holds the claim, in time, and while the kind is not paused. The event tells of the claim
-- only now: what was claimed and not begun did not happen. again: who asks did begin it, and did not hear the answer.
WITH begun AS (
    UPDATE effects
    SET
        began_at = clock_timestamp(), attempt = CASE WHEN began_at IS NULL THEN attempt + 1 ELSE attempt END,
        lease_until = clock_timestamp() + :seconds * interval '1 second'
    WHERE effect_id = :effect_id AND claim = :claim AND status = 'claimed'
      AND (began_at IS NULL OR CAST(:again AS boolean))
      AND lease_until > clock_timestamp() AND (not_after IS NULL OR not_after >= clock_timestamp())
      AND NOT EXISTS (
          SELECT FROM effect_controls AS decision
          WHERE decision.kind IN (effects.kind, 'all') AND decision.control = 'pause' AND decision.is_paused
            AND NOT EXISTS (SELECT FROM effect_controls AS newer
                            WHERE newer.kind = decision.kind AND newer.control = 'pause'
                              AND newer.control_id > decision.control_id)
      )
    RETURNING effect_id, attempt, began_at
), told AS (
    INSERT INTO effect_events (effect_id, event, attempt, claim, who, run_id)
    SELECT effect_id, 'claimed', attempt, :claim, CAST(:worker AS text), CAST(:run_id AS text) FROM begun
    WHERE NOT EXISTS (SELECT FROM effect_events WHERE effect_id = :effect_id AND claim = :claim AND event = 'claimed')
)
SELECT attempt, began_at FROM begun
