-- The menu by type.
SELECT m.type, count(DISTINCT m.menu_item_id) AS items,
       count(DISTINCT m.menu_item_id) FILTER (WHERE m.is_active) AS active,
       count(v.variant_id) AS sizes, count(v.price) AS priced, count(v.petpooja_itemid) AS with_petpooja_id,
       count(*) FILTER (WHERE v.addon_eligible) AS addon_eligible,
       count(DISTINCT m.menu_item_id) FILTER (WHERE v.variant_id IS NULL) AS without_size
FROM menu_items m
LEFT JOIN menu_item_variants v ON v.menu_item_id = m.menu_item_id
GROUP BY m.type
ORDER BY count(DISTINCT m.menu_item_id) DESC, m.type
