-- What the menu says about the lines of the orders in touched_orders: a link without a size, and a size the item is not
-- sold in. What is no longer so goes.
WITH lines AS MATERIALIZED (
    SELECT i.order_id, i.order_item_id, i.menu_item_id, i.variant_id,
           row_number() OVER (PARTITION BY i.order_id ORDER BY i.order_item_id) AS line_no
    FROM order_items i
    WHERE i.order_id IN (SELECT order_id FROM touched_orders)
), sold AS (
    SELECT order_id, 'order_item' AS entity, line_no, 0 AS addon_no, menu_item_id, variant_id FROM lines
    UNION ALL
    SELECT l.order_id, 'order_item_addon', l.line_no,
           row_number() OVER (PARTITION BY a.order_item_id ORDER BY a.order_item_addon_id),
           a.menu_item_id, a.variant_id
    FROM lines l JOIN order_item_addons a ON a.order_item_id = l.order_item_id
), odd AS MATERIALIZED (
    SELECT s.order_id, s.entity, s.line_no, s.addon_no,
           CASE WHEN s.variant_id IS NULL THEN 'item_without_variant' ELSE 'variant_not_of_item' END AS code,
           CASE WHEN s.variant_id IS NULL THEN format('%s (%s) is linked without a size', i.name, i.type)
                ELSE format('%s (%s) is not sold as %s', i.name, i.type, v.variant_name) END AS detail
    FROM sold s
    JOIN menu_items i ON i.menu_item_id = s.menu_item_id
    LEFT JOIN variants v ON v.variant_id = s.variant_id
    LEFT JOIN menu_item_variants p ON p.menu_item_id = s.menu_item_id AND p.variant_id = s.variant_id
    WHERE p.menu_item_id IS NULL
), mended AS (
    DELETE FROM data_quality_flags f
    USING touched_orders t
    WHERE f.order_id = t.order_id AND f.code IN ('item_without_variant', 'variant_not_of_item')
      AND NOT EXISTS (
          SELECT FROM odd o
          WHERE o.order_id = f.order_id AND o.entity = f.entity AND o.line_no = f.line_no
            AND o.addon_no = f.addon_no AND o.code = f.code)
)
INSERT INTO data_quality_flags AS f (order_id, entity, line_no, addon_no, code, detail)
SELECT order_id, entity, line_no, addon_no, code, detail FROM odd
ORDER BY order_id, line_no, addon_no
ON CONFLICT (order_id, entity, line_no, addon_no, code) DO UPDATE SET detail = EXCLUDED.detail
WHERE f.detail IS DISTINCT FROM EXCLUDED.detail
