-- Decisions in force for an item that is off the menu, or for a size it is not sold in.
SELECT a.raw_name, m.name AS menu_item, m.type, v.variant_name AS variant,
       CASE WHEN NOT m.is_active THEN 'off the menu' ELSE 'not a size of the item' END AS problem
FROM item_aliases a
JOIN menu_items m ON m.menu_item_id = a.menu_item_id
JOIN variants v ON v.variant_id = a.variant_id
LEFT JOIN menu_item_variants x ON x.menu_item_id = a.menu_item_id AND x.variant_id = a.variant_id
WHERE a.replaced_at IS NULL AND (NOT m.is_active OR x.menu_item_id IS NULL)
ORDER BY m.name, a.raw_name
