-- The add-ons of these days as the data contract looks at them.
SELECT a.order_item_addon_id, a.order_item_id, a.name_raw, a.quantity, a.price, a.menu_item_id, a.variant_id,
       a.match_method, a.match_confidence
FROM order_item_addons a
JOIN order_items i ON i.order_item_id = a.order_item_id
JOIN orders o ON o.order_id = i.order_id
WHERE o.business_date = ANY(CAST(:days AS date[]))
