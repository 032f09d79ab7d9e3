-- How far each source is read. seen: stream positions that came.
SELECT s.source, s.last_stream_id, s.last_event_at, s.last_polled_at,
       (SELECT count(*) FROM stream_events e WHERE e.source = s.source) AS seen
FROM ingest_state s
ORDER BY s.source
