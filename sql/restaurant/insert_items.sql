INSERT INTO order_items (
    order_item_id, order_id, petpooja_itemid, itemcode, name_raw, category_name, quantity, unit_price, total_price,
    tax_amount, discount_amount, specialnotes, sap_code, vendoritemcode, menu_item_id, variant_id, match_confidence,
    match_method
)
SELECT
    s.order_item_id, o.order_id, s.petpooja_itemid, s.itemcode, s.name_raw, s.category_name, s.quantity, s.unit_price,
    s.total_price, s.tax_amount, s.discount_amount, s.specialnotes, s.sap_code, s.vendoritemcode, m.menu_item_id,
    m.variant_id, m.match_confidence, m.match_method
FROM stage_orders o
JOIN stage_items s ON s.order_no = o.order_no
LEFT JOIN stage_matches m
    ON m.kind = 'item' AND m.name_raw = s.name_raw
    AND m.petpooja_id IS NOT DISTINCT FROM CAST(s.petpooja_itemid AS text)
WHERE o.action IN ('new', 'changed') AND s.is_new
ORDER BY s.order_item_id
