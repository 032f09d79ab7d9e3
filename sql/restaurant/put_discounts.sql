INSERT INTO order_discounts AS d (order_id, line_no, discount_title, discount_rate, discount_type, discount_amount)
SELECT o.order_id, s.line_no, s.discount_title, s.discount_rate, s.discount_type, s.discount_amount
FROM stage_orders o
JOIN stage_discounts s ON s.order_no = o.order_no
WHERE o.action IN ('new', 'changed')
ORDER BY o.order_id, s.line_no
ON CONFLICT (order_id, line_no) DO UPDATE
SET discount_title = EXCLUDED.discount_title, discount_rate = EXCLUDED.discount_rate,
    discount_type = EXCLUDED.discount_type, discount_amount = EXCLUDED.discount_amount
WHERE (d.discount_title, d.discount_rate, d.discount_type, d.discount_amount)
      IS DISTINCT FROM
      (EXCLUDED.discount_title, EXCLUDED.discount_rate, EXCLUDED.discount_type, EXCLUDED.discount_amount)
