-- Ids for new lines in the order of the bill, because that is how the lines of an order are numbered ever after.
UPDATE stage_items AS s
SET order_item_id = n.order_item_id, is_new = true
FROM (
    SELECT order_no, line_no, nextval('order_items_order_item_id_seq') AS order_item_id
    FROM (
        SELECT i.order_no, i.line_no
        FROM stage_orders o JOIN stage_items i ON i.order_no = o.order_no
        WHERE o.action IN ('new', 'changed') AND i.order_item_id IS NULL
        ORDER BY i.order_no, i.line_no
    ) AS ordered
) AS n
WHERE n.order_no = s.order_no AND n.line_no = s.line_no
