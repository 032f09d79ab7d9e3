-- What people decided about names, with what it means; all of it or some names.
SELECT a.alias_id, a.raw_name_norm, a.raw_name, a.menu_item_id, a.variant_id, m.name, m.type, v.variant_name AS variant,
       a.source, a.verified_by, a.note, a.created_at
FROM item_aliases a
LEFT JOIN menu_items m ON m.menu_item_id = a.menu_item_id
LEFT JOIN variants v ON v.variant_id = a.variant_id
WHERE a.replaced_at IS NULL AND (CAST(:names AS text[]) IS NULL OR a.raw_name_norm = ANY(:names))
ORDER BY a.raw_name_norm
