INSERT INTO data_quality_flags AS f (order_id, entity, line_no, addon_no, code, detail)
SELECT o.order_id, s.entity, s.line_no, s.addon_no, s.code, s.detail
FROM stage_orders o
JOIN stage_flags s ON s.order_no = o.order_no
WHERE o.action IN ('new', 'changed')
ORDER BY o.order_id, s.line_no, s.addon_no, s.code
ON CONFLICT (order_id, entity, line_no, addon_no, code) DO UPDATE SET detail = EXCLUDED.detail
WHERE f.detail IS DISTINCT FROM EXCLUDED.detail
