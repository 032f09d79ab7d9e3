-- The place an order's chain of events has left for one that another order held.
DELETE FROM orders o
USING stage_orders s
WHERE o.order_id = s.stale_id AND s.action IN ('new', 'changed', 'duplicate')
