-- The queue by state.
SELECT status, count(*) AS names, sum(line_count) AS lines, sum(revenue) AS revenue
FROM match_review_queue
GROUP BY status
ORDER BY count(*) DESC, status
