-- A few of the newest orders, to look at; nothing of the customer.
SELECT o.business_date, o.petpooja_order_id AS order, o.order_type, o.order_from, o.order_status AS status,
       (SELECT count(*) FROM order_items i WHERE i.order_id = o.order_id) AS lines,
       o.core_total, o.discount_total, o.tax_total, o.total
FROM orders o
WHERE o.business_date >= (SELECT max(business_date) FROM orders) - 1
ORDER BY o.created_on DESC, o.order_id DESC
LIMIT :limit
