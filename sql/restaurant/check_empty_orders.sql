-- Orders of these days without a single line.
SELECT o.business_date, o.petpooja_order_id AS order, o.order_status AS status, o.order_from, o.total
FROM orders o
WHERE o.business_date = ANY(CAST(:days AS date[]))
  AND NOT EXISTS (SELECT FROM order_items i WHERE i.order_id = o.order_id)
ORDER BY o.business_date, o.order_id
