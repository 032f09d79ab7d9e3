-- Lines of these days whose total is not quantity times unit price.
SELECT o.business_date, o.petpooja_order_id AS order, i.name_raw, i.quantity, i.unit_price, i.total_price,
       i.quantity * i.unit_price AS expected
FROM order_items i
JOIN orders o ON o.order_id = i.order_id
WHERE o.business_date = ANY(CAST(:days AS date[])) AND abs(i.total_price - i.quantity * i.unit_price) > 0.01
ORDER BY abs(i.total_price - i.quantity * i.unit_price) DESC, i.order_item_id
