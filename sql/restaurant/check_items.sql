-- The lines of these days as the data contract looks at them.
SELECT i.order_item_id, i.order_id, i.name_raw, i.quantity, i.unit_price, i.total_price, i.menu_item_id, i.variant_id,
       i.match_method, i.match_confidence
FROM order_items i
JOIN orders o ON o.order_id = i.order_id
WHERE o.business_date = ANY(CAST(:days AS date[]))
