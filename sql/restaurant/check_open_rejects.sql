-- Orders and lines that were not loaded since :since and that no later event has mended.
SELECT entity, code, count(*) AS rejects, count(DISTINCT petpooja_order_id) AS orders, min(detail) AS example,
       max(created_at) AS newest
FROM order_rejects
WHERE resolved_at IS NULL AND created_at >= :since
GROUP BY entity, code
ORDER BY count(*) DESC, entity, code
