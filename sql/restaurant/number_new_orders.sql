-- Ids for new orders, in the order of the file or page.
UPDATE stage_orders AS s
SET order_id = n.order_id
FROM (
    SELECT order_no, nextval('orders_order_id_seq') AS order_id
    FROM (SELECT order_no FROM stage_orders WHERE action = 'new' ORDER BY order_no) AS ordered
) AS n
WHERE n.order_no = s.order_no
