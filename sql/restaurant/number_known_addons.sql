UPDATE stage_addons AS s
SET order_item_addon_id = a.order_item_addon_id
FROM stage_orders o
JOIN stage_items i ON i.order_no = o.order_no
JOIN (
    SELECT order_item_id, order_item_addon_id,
           row_number() OVER (PARTITION BY order_item_id ORDER BY order_item_addon_id) AS addon_no
    FROM order_item_addons
    WHERE order_item_id IN (SELECT order_item_id FROM stage_items WHERE order_item_id IS NOT NULL)
) AS a ON a.order_item_id = i.order_item_id
WHERE o.action = 'changed' AND s.order_no = i.order_no AND s.line_no = i.line_no AND s.addon_no = a.addon_no
