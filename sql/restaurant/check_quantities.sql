-- Lines and add-ons of these days with more than :limit pieces.
SELECT o.business_date, o.petpooja_order_id AS order, q.kind, q.name_raw, q.quantity, q.amount
FROM orders o
CROSS JOIN LATERAL (
    SELECT 'item' AS kind, i.name_raw, i.quantity, i.total_price AS amount
    FROM order_items i WHERE i.order_id = o.order_id
    UNION ALL
    SELECT 'addon', a.name_raw, a.quantity, a.price * a.quantity
    FROM order_items i JOIN order_item_addons a ON a.order_item_id = i.order_item_id
    WHERE i.order_id = o.order_id
) q
WHERE o.business_date = ANY(CAST(:days AS date[])) AND q.quantity > :limit
ORDER BY q.quantity DESC, o.order_id
