DELETE FROM order_discounts d
USING stage_orders o
WHERE o.action = 'changed' AND d.order_id = o.order_id
  AND NOT EXISTS (SELECT FROM stage_discounts s WHERE s.order_no = o.order_no AND s.line_no = d.line_no)
