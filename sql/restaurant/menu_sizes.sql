-- The whole menu, one row an item and size; an item without sizes has one row with variant NULL.
SELECT m.menu_item_id, m.name, m.type, m.is_active AS item_is_active, m.is_verified,
       v.variant_id, v.variant_name AS variant, v.description, s.price, s.petpooja_itemid, s.petpooja_addonid,
       s.addon_eligible, s.delivery_eligible, s.is_active
FROM menu_items m
LEFT JOIN menu_item_variants s ON s.menu_item_id = m.menu_item_id
LEFT JOIN variants v ON v.variant_id = s.variant_id
ORDER BY m.type, m.name, v.unit, v.value, v.variant_name
