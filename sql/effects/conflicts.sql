-- Known keys that are wanted with another payload. Told in the effect's history, the same conflict once.
WITH differing AS (
    SELECT known.effect_id, known.key, 'another payload: ' || left(staged.payload_sha256, 12) AS detail
    FROM effect_stage AS staged
    INNER JOIN effects AS known ON known.key = staged.key AND known.is_sandbox = staged.is_sandbox
    WHERE known.payload_sha256 <> staged.payload_sha256 AND NOT staged.keep_first
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, run_id)
    SELECT effect_id, 'conflict', detail, CAST(:run_id AS text) FROM differing
    WHERE NOT EXISTS (
        SELECT FROM effect_events AS earlier
        WHERE earlier.effect_id = differing.effect_id AND earlier.event = 'conflict'
          AND earlier.detail = differing.detail
    )
)
SELECT key FROM differing ORDER BY key
