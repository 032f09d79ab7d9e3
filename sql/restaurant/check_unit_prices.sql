-- Lines of these days that cost nothing in an order that is no present.
SELECT o.business_date, o.petpooja_order_id AS order, i.name_raw, i.quantity, i.unit_price
FROM order_items i
JOIN orders o ON o.order_id = i.order_id
WHERE o.business_date = ANY(CAST(:days AS date[])) AND i.unit_price <= 0 AND o.order_status <> 'Complimentary'
ORDER BY o.business_date, i.order_item_id
