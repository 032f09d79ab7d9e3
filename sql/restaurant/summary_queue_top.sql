-- The dearest names a person should look at, with the best candidate.
SELECT raw_name, line_count AS lines, revenue, confidence, reason, clean_name, clean_type, clean_variant,
       candidates #>> '{0,name}' AS nearest, last_seen
FROM match_review_queue
WHERE status = 'open'
ORDER BY revenue DESC, line_count DESC, raw_name
LIMIT :limit
