-- Lines of changed orders in place. While a line keeps its name and id it keeps its link, too: a person may have made
-- it, and matching again is a step of its own. Another name is matched as if it were new.
UPDATE order_items AS i
SET petpooja_itemid = n.petpooja_itemid, itemcode = n.itemcode, name_raw = n.name_raw,
    category_name = n.category_name, quantity = n.quantity, unit_price = n.unit_price, total_price = n.total_price,
    tax_amount = n.tax_amount, discount_amount = n.discount_amount, specialnotes = n.specialnotes,
    sap_code = n.sap_code, vendoritemcode = n.vendoritemcode, menu_item_id = n.menu_item_id,
    variant_id = n.variant_id, match_confidence = n.match_confidence, match_method = n.match_method,
    updated_at = now()
FROM (
    SELECT s.*,
           CASE WHEN k.keeps THEN old.menu_item_id ELSE m.menu_item_id END AS menu_item_id,
           CASE WHEN k.keeps THEN old.variant_id ELSE m.variant_id END AS variant_id,
           CASE WHEN k.keeps THEN old.match_confidence ELSE m.match_confidence END AS match_confidence,
           CASE WHEN k.keeps THEN old.match_method ELSE m.match_method END AS match_method
    FROM stage_orders o
    JOIN stage_items s ON s.order_no = o.order_no
    JOIN order_items old ON old.order_item_id = s.order_item_id
    CROSS JOIN LATERAL (
        SELECT old.match_method IS NOT NULL AND old.name_raw = s.name_raw
               AND old.petpooja_itemid IS NOT DISTINCT FROM s.petpooja_itemid AS keeps
    ) AS k
    LEFT JOIN stage_matches m
        ON m.kind = 'item' AND m.name_raw = s.name_raw
        AND m.petpooja_id IS NOT DISTINCT FROM CAST(s.petpooja_itemid AS text)
    WHERE o.action = 'changed'
) AS n
WHERE i.order_item_id = n.order_item_id
  AND (i.petpooja_itemid, i.itemcode, i.name_raw, i.category_name, i.quantity, i.unit_price, i.total_price,
       i.tax_amount, i.discount_amount, i.specialnotes, i.sap_code, i.vendoritemcode, i.menu_item_id, i.variant_id,
       i.match_confidence, i.match_method)
      IS DISTINCT FROM
      (n.petpooja_itemid, n.itemcode, n.name_raw, n.category_name, n.quantity, n.unit_price, n.total_price,
       n.tax_amount, n.discount_amount, n.specialnotes, n.sap_code, n.vendoritemcode, n.menu_item_id, n.variant_id,
       n.match_confidence, n.match_method)
