-- Lines and rupees of every name of the queue. A skipped name of which more was sold waits again.
UPDATE match_review_queue q
SET line_count = n.line_count, revenue = n.revenue, first_seen = coalesce(n.first_seen, q.first_seen),
    last_seen = coalesce(n.last_seen, q.last_seen),
    status = CASE WHEN q.status = 'skipped' AND n.line_count > q.line_count THEN 'open' ELSE q.status END,
    updated_at = CASE WHEN q.status = 'skipped' AND n.line_count > q.line_count THEN :now ELSE q.updated_at END
FROM jsonb_to_recordset(CAST(:names AS jsonb)) AS n(
    raw_name_norm text, line_count integer, revenue numeric, first_seen date, last_seen date)
WHERE n.raw_name_norm = q.raw_name_norm
  AND (q.line_count, q.revenue, q.first_seen, q.last_seen)
      IS DISTINCT FROM (n.line_count, n.revenue, coalesce(n.first_seen, q.first_seen), coalesce(n.last_seen, q.last_seen))
