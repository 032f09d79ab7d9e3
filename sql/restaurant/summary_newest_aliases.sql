-- The newest decisions. Who decided is in the table, not here.
SELECT a.raw_name, coalesce(m.name, '(no item)') AS menu_item, m.type, v.variant_name AS variant, a.source, a.created_at
FROM item_aliases a
LEFT JOIN menu_items m ON m.menu_item_id = a.menu_item_id
LEFT JOIN variants v ON v.variant_id = a.variant_id
WHERE a.replaced_at IS NULL
ORDER BY a.created_at DESC, a.alias_id DESC
LIMIT :limit
