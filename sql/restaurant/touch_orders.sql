INSERT INTO touched_orders (order_id)
SELECT order_id FROM stage_orders WHERE action IN ('new', 'changed')
