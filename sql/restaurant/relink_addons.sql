-- As relink_items.
WITH changed AS (
    UPDATE order_item_addons AS a
    SET menu_item_id = r.new_menu_item_id, variant_id = r.new_variant_id, match_confidence = r.new_confidence,
        match_method = r.new_method
    FROM stage_relinks r, order_items i, orders o
    WHERE r.kind = 'addon' AND a.name_raw = r.name_raw AND a.petpooja_addonid IS NOT DISTINCT FROM r.petpooja_id
      AND (a.menu_item_id, a.variant_id, a.match_confidence, a.match_method)
          IS NOT DISTINCT FROM (r.menu_item_id, r.variant_id, r.match_confidence, r.match_method)
      AND i.order_item_id = a.order_item_id AND o.order_id = i.order_id
      AND o.business_date BETWEEN coalesce(CAST(:first AS date), '-infinity')
                              AND coalesce(CAST(:last AS date), 'infinity')
    RETURNING i.order_id
)
INSERT INTO touched_orders (order_id) SELECT DISTINCT order_id FROM changed
