-- The sizes as they are to be.
INSERT INTO menu_item_variants AS s (
    menu_item_id, variant_id, price, petpooja_itemid, petpooja_addonid, addon_eligible, delivery_eligible, is_active,
    created_at)
SELECT m.menu_item_id, v.variant_id, w.price, w.petpooja_itemid, w.petpooja_addonid, w.addon_eligible,
       w.delivery_eligible, w.is_active, coalesce(CAST(:now AS timestamptz), now())
FROM menu_wanted w
JOIN menu_items m ON m.menu_item_id = w.menu_item_id OR (w.menu_item_id IS NULL AND (m.name, m.type) = (w.name, w.type))
JOIN variants v ON v.variant_name = w.variant
ON CONFLICT (menu_item_id, variant_id) DO UPDATE
SET price = excluded.price, petpooja_itemid = excluded.petpooja_itemid, petpooja_addonid = excluded.petpooja_addonid,
    addon_eligible = excluded.addon_eligible, delivery_eligible = excluded.delivery_eligible,
    is_active = excluded.is_active, updated_at = now()
