-- How many lines and add-ons the staged orders brought, and how many of them have a link to the menu.
SELECT
    count(*) FILTER (WHERE kind = 'item') AS items,
    count(*) FILTER (WHERE kind = 'item' AND match_method IS NOT NULL) AS items_linked,
    count(*) FILTER (WHERE kind = 'addon') AS addons,
    count(*) FILTER (WHERE kind = 'addon' AND match_method IS NOT NULL) AS addons_linked
FROM (
    SELECT 'item' AS kind, i.match_method
    FROM stage_orders s JOIN order_items i ON i.order_id = s.order_id
    WHERE s.action IN ('new', 'changed')
    UNION ALL
    SELECT 'addon', a.match_method
    FROM stage_orders s
    JOIN order_items i ON i.order_id = s.order_id
    JOIN order_item_addons a ON a.order_item_id = i.order_item_id
    WHERE s.action IN ('new', 'changed')
) AS written
