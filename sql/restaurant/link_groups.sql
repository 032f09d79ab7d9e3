-- Every name of the books with the link its lines have, each once, in the operating days asked for.
SELECT 'item' AS kind, i.name_raw, CAST(i.petpooja_itemid AS text) AS petpooja_id, i.menu_item_id, i.variant_id,
       i.match_confidence, i.match_method, count(*) AS line_count
FROM order_items i
JOIN orders o ON o.order_id = i.order_id
WHERE o.business_date BETWEEN coalesce(CAST(:first AS date), '-infinity') AND coalesce(CAST(:last AS date), 'infinity')
GROUP BY i.name_raw, i.petpooja_itemid, i.menu_item_id, i.variant_id, i.match_confidence, i.match_method
UNION ALL
SELECT 'addon', a.name_raw, a.petpooja_addonid, a.menu_item_id, a.variant_id, a.match_confidence, a.match_method,
       count(*)
FROM order_item_addons a
JOIN order_items i ON i.order_item_id = a.order_item_id
JOIN orders o ON o.order_id = i.order_id
WHERE o.business_date BETWEEN coalesce(CAST(:first AS date), '-infinity') AND coalesce(CAST(:last AS date), 'infinity')
GROUP BY a.name_raw, a.petpooja_addonid, a.menu_item_id, a.variant_id, a.match_confidence, a.match_method
ORDER BY 1 DESC, 2, 3
