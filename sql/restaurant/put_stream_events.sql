-- What became of each event. An event seen before has the newest answer.
INSERT INTO stream_events AS e (source, stream_id, outcome, load_id)
SELECT :source, stream_id, outcome, :load_id FROM stage_events ORDER BY stream_id
ON CONFLICT (source, stream_id) DO UPDATE SET outcome = EXCLUDED.outcome
WHERE e.outcome <> EXCLUDED.outcome
