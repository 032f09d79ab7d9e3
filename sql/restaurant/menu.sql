-- The menu as matching wants it: a row an item and size; items without a size and sizes of no item, too. An item that
-- is neither active nor sold in any size was taken back: it is no item any more.
SELECT i.menu_item_id, i.name, i.type, v.variant_id, v.variant_name AS variant, p.price, p.petpooja_itemid,
       p.petpooja_addonid, coalesce(i.is_active AND p.is_active, i.is_active) AS is_active
FROM (
    SELECT * FROM menu_items m
    WHERE m.is_active OR EXISTS (SELECT FROM menu_item_variants s WHERE s.menu_item_id = m.menu_item_id)
) i
LEFT JOIN menu_item_variants p ON p.menu_item_id = i.menu_item_id
FULL JOIN variants v ON v.variant_id = p.variant_id
ORDER BY i.menu_item_id, v.variant_id
