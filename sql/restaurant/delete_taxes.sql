DELETE FROM order_taxes t
USING stage_orders o
WHERE o.action = 'changed' AND t.order_id = o.order_id
  AND NOT EXISTS (SELECT FROM stage_taxes s WHERE s.order_no = o.order_no AND s.line_no = t.line_no)
