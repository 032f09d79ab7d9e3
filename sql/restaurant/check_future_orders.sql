-- Orders of a business day that has not come yet.
SELECT business_date, petpooja_order_id AS order, created_on, order_from
FROM orders
WHERE business_date > CAST(:today AS date)
ORDER BY business_date DESC, order_id
