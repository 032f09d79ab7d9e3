SELECT last_stream_id, last_event_at, last_polled_at FROM ingest_state WHERE source = :source
