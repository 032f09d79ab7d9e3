-- How far a source is read. Pages that fill holes lie before the cursor and never move it back.
INSERT INTO ingest_state AS i (source, last_stream_id, last_event_at, last_polled_at, last_load_id)
VALUES (:source, :cursor, :event_at, :polled_at, :load_id)
ON CONFLICT (source) DO UPDATE
SET last_stream_id = greatest(i.last_stream_id, EXCLUDED.last_stream_id),
    last_event_at = greatest(i.last_event_at, EXCLUDED.last_event_at),
    last_polled_at = greatest(i.last_polled_at, EXCLUDED.last_polled_at),
    last_load_id = coalesce(EXCLUDED.last_load_id, i.last_load_id)
