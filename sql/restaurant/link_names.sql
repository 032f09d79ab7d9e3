-- Every spelling of the books, with the PetPooja numbers it came with.
SELECT DISTINCT name_raw, CAST(petpooja_itemid AS text) AS petpooja_id, 'item' AS kind FROM order_items
UNION ALL
SELECT DISTINCT name_raw, CAST(petpooja_addonid AS text), 'addon' FROM order_item_addons
