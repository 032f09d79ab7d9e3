-- Runs of stream_ids that never came, between the first and the last that did. Events read from files count as come.
SELECT before + 1 AS first, stream_id - 1 AS last
FROM (
    SELECT stream_id, lag(stream_id) OVER (ORDER BY stream_id) AS before
    FROM (
        SELECT DISTINCT stream_id
        FROM stream_events
        WHERE source IN (:source, 'file')
          AND stream_id BETWEEN (SELECT min(stream_id) FROM stream_events WHERE source = :source)
                            AND (SELECT max(stream_id) FROM stream_events WHERE source = :source)
    ) AS seen
) AS steps
WHERE stream_id > before + 1
ORDER BY first
