-- How much waits for a person.
SELECT count(*) FILTER (WHERE status = 'open') AS names,
       coalesce(sum(line_count) FILTER (WHERE status = 'open'), 0) AS lines,
       coalesce(sum(revenue) FILTER (WHERE status = 'open'), 0) AS revenue,
       min(first_seen) FILTER (WHERE status = 'open') AS oldest
FROM match_review_queue
