-- The sizes, and how many items are sold in each.
SELECT v.variant_name AS variant, v.unit, v.value, count(x.menu_item_id) AS items, min(x.price) AS lowest_price,
       max(x.price) AS highest_price
FROM variants v
LEFT JOIN menu_item_variants x ON x.variant_id = v.variant_id
GROUP BY v.variant_id
ORDER BY count(x.menu_item_id) DESC, v.variant_name
