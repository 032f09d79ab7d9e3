-- Lines a changed order has no longer; always the last ones, because lines keep their ids by number.
DELETE FROM order_items i
USING stage_orders o
WHERE o.action = 'changed' AND i.order_id = o.order_id
  AND NOT EXISTS (SELECT FROM stage_items s WHERE s.order_item_id = i.order_item_id)
