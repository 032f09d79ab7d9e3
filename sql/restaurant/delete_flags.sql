-- What a changed order is no longer odd in. What the menu says about its lines is looked at later (put_menu_flags).
DELETE FROM data_quality_flags f
USING stage_orders o
WHERE o.action = 'changed' AND f.order_id = o.order_id
  AND f.code NOT IN ('item_without_variant', 'variant_not_of_item')
  AND NOT EXISTS (
      SELECT FROM stage_flags s
      WHERE s.order_no = o.order_no AND s.entity = f.entity AND s.line_no = f.line_no AND s.addon_no = f.addon_no
        AND s.code = f.code)
