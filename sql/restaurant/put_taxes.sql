INSERT INTO order_taxes AS t (order_id, line_no, tax_title, tax_rate, tax_type, tax_amount)
SELECT o.order_id, s.line_no, s.tax_title, s.tax_rate, s.tax_type, s.tax_amount
FROM stage_orders o
JOIN stage_taxes s ON s.order_no = o.order_no
WHERE o.action IN ('new', 'changed')
ORDER BY o.order_id, s.line_no
ON CONFLICT (order_id, line_no) DO UPDATE
SET tax_title = EXCLUDED.tax_title, tax_rate = EXCLUDED.tax_rate, tax_type = EXCLUDED.tax_type,
    tax_amount = EXCLUDED.tax_amount
WHERE (t.tax_title, t.tax_rate, t.tax_type, t.tax_amount)
      IS DISTINCT FROM (EXCLUDED.tax_title, EXCLUDED.tax_rate, EXCLUDED.tax_type, EXCLUDED.tax_amount)
