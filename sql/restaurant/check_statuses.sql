-- Statuses of these days' orders that nobody has explained. :known: those that are.
SELECT o.order_status AS status, count(*) AS orders, sum(o.total) AS total, max(o.business_date) AS newest
FROM orders o
WHERE o.business_date = ANY(CAST(:days AS date[])) AND NOT o.order_status = ANY(CAST(:known AS text[]))
GROUP BY o.order_status
ORDER BY count(*) DESC, o.order_status
