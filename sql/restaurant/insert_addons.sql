-- Ids in the order of the bill, as with the lines.
INSERT INTO order_item_addons (
    order_item_addon_id, order_item_id, petpooja_addonid, name_raw, group_name, quantity, price, addon_sap_code,
    menu_item_id, variant_id, match_confidence, match_method
)
SELECT nextval('order_item_addons_order_item_addon_id_seq'), n.*
FROM (
    SELECT i.order_item_id, s.petpooja_addonid, s.name_raw, s.group_name, s.quantity, s.price, s.addon_sap_code,
           m.menu_item_id, m.variant_id, m.match_confidence, m.match_method
    FROM stage_orders o
    JOIN stage_items i ON i.order_no = o.order_no
    JOIN stage_addons s ON s.order_no = i.order_no AND s.line_no = i.line_no
    LEFT JOIN stage_matches m
        ON m.kind = 'addon' AND m.name_raw = s.name_raw AND m.petpooja_id IS NOT DISTINCT FROM s.petpooja_addonid
    WHERE o.action IN ('new', 'changed') AND s.order_item_addon_id IS NULL
    ORDER BY i.order_item_id, s.addon_no
) AS n
