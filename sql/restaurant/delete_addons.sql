DELETE FROM order_item_addons a
USING stage_orders o, stage_items i
WHERE o.action = 'changed' AND i.order_no = o.order_no AND a.order_item_id = i.order_item_id
  AND NOT EXISTS (SELECT FROM stage_addons s WHERE s.order_item_addon_id = a.order_item_addon_id)
