-- Why orders or lines of these loads were not loaded.
SELECT entity, code, count(*) AS rejects, count(*) FILTER (WHERE resolved_at IS NULL) AS open, min(detail) AS example
FROM order_rejects
WHERE load_id = ANY(:loads)
GROUP BY entity, code
ORDER BY count(*) DESC, entity, code
