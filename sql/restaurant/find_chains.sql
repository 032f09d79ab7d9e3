-- Orders whose chain of events (aggregate_id) stands under another key. Without an order of the new key they are that
-- order, and it moves. With one, the chain's old place is stale: one of the two has to go.
UPDATE stage_orders AS s
SET order_id = coalesce(s.order_id, o.order_id), stale_id = CASE WHEN s.order_id IS NOT NULL THEN o.order_id END
FROM orders o
WHERE s.has_chain AND o.restaurant_id = s.restaurant_id AND o.aggregate_id = s.aggregate_id
  AND o.order_id IS DISTINCT FROM s.order_id
