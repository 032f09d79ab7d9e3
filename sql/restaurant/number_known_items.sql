-- Lines of changed orders keep their ids by their number: the first line stays the first row.
UPDATE stage_items AS s
SET order_item_id = i.order_item_id
FROM stage_orders o
JOIN (
    SELECT order_id, order_item_id, row_number() OVER (PARTITION BY order_id ORDER BY order_item_id) AS line_no
    FROM order_items
    WHERE order_id IN (SELECT order_id FROM stage_orders WHERE action = 'changed')
) AS i ON i.order_id = o.order_id
WHERE o.action = 'changed' AND s.order_no = o.order_no AND s.line_no = i.line_no
