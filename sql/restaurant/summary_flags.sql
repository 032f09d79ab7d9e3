-- What looked odd in the orders of these days when they were read.
SELECT f.entity, f.code, count(*) AS flags, count(DISTINCT f.order_id) AS orders, min(f.detail) AS example
FROM data_quality_flags f
JOIN orders o ON o.order_id = f.order_id
WHERE o.business_date = ANY(CAST(:days AS date[]))
GROUP BY f.entity, f.code
ORDER BY count(*) DESC, f.entity, f.code
