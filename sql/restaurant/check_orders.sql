-- The orders of these days as the data contract looks at them.
SELECT o.order_id, o.restaurant_id, o.business_date, o.petpooja_order_id, o.created_on, o.order_status, o.core_total,
       o.tax_total, o.discount_total, o.total, o.stream_id
FROM orders o
WHERE o.business_date = ANY(CAST(:days AS date[]))
