-- The business days of the orders a run loaded.
SELECT DISTINCT o.business_date
FROM orders o
JOIN order_loads l ON l.load_id = o.load_id
WHERE l.run_id = :run_id
ORDER BY o.business_date
