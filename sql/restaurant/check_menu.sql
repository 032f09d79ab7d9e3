-- Active items without a size, and sizes of active items without a price.
SELECT m.name AS menu_item, m.type, v.variant_name AS variant,
       CASE WHEN x.variant_id IS NULL THEN 'no size' ELSE 'no price' END AS problem
FROM menu_items m
LEFT JOIN menu_item_variants x ON x.menu_item_id = m.menu_item_id AND x.is_active
LEFT JOIN variants v ON v.variant_id = x.variant_id
WHERE m.is_active AND x.price IS NULL
ORDER BY problem DESC, m.type, m.name, v.variant_name
