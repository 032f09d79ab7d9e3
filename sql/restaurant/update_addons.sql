-- As update_items: in place, and the link stays with the name.
UPDATE order_item_addons AS a
SET petpooja_addonid = n.petpooja_addonid, name_raw = n.name_raw, group_name = n.group_name, quantity = n.quantity,
    price = n.price, addon_sap_code = n.addon_sap_code, menu_item_id = n.menu_item_id, variant_id = n.variant_id,
    match_confidence = n.match_confidence, match_method = n.match_method
FROM (
    SELECT s.*,
           CASE WHEN k.keeps THEN old.menu_item_id ELSE m.menu_item_id END AS menu_item_id,
           CASE WHEN k.keeps THEN old.variant_id ELSE m.variant_id END AS variant_id,
           CASE WHEN k.keeps THEN old.match_confidence ELSE m.match_confidence END AS match_confidence,
           CASE WHEN k.keeps THEN old.match_method ELSE m.match_method END AS match_method
    FROM stage_orders o
    JOIN stage_addons s ON s.order_no = o.order_no
    JOIN order_item_addons old ON old.order_item_addon_id = s.order_item_addon_id
    CROSS JOIN LATERAL (
        SELECT old.match_method IS NOT NULL AND old.name_raw = s.name_raw
               AND old.petpooja_addonid IS NOT DISTINCT FROM s.petpooja_addonid AS keeps
    ) AS k
    LEFT JOIN stage_matches m
        ON m.kind = 'addon' AND m.name_raw = s.name_raw AND m.petpooja_id IS NOT DISTINCT FROM s.petpooja_addonid
    WHERE o.action = 'changed'
) AS n
WHERE a.order_item_addon_id = n.order_item_addon_id
  AND (a.petpooja_addonid, a.name_raw, a.group_name, a.quantity, a.price, a.addon_sap_code, a.menu_item_id,
       a.variant_id, a.match_confidence, a.match_method)
      IS DISTINCT FROM
      (n.petpooja_addonid, n.name_raw, n.group_name, n.quantity, n.price, n.addon_sap_code, n.menu_item_id,
       n.variant_id, n.match_confidence, n.match_method)
