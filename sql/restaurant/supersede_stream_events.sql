-- The events that were in force before; only those that were, so that a reject stays one.
UPDATE stream_events SET outcome = 'superseded'
WHERE stream_id = ANY(:stream_ids) AND outcome = 'loaded'
