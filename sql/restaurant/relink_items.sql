-- Lines that still have the link in stage_relinks get the new one; their orders go to touched_orders.
WITH changed AS (
    UPDATE order_items AS i
    SET menu_item_id = r.new_menu_item_id, variant_id = r.new_variant_id, match_confidence = r.new_confidence,
        match_method = r.new_method, updated_at = now()
    FROM stage_relinks r, orders o
    WHERE r.kind = 'item' AND i.name_raw = r.name_raw
      AND CAST(i.petpooja_itemid AS text) IS NOT DISTINCT FROM r.petpooja_id
      AND (i.menu_item_id, i.variant_id, i.match_confidence, i.match_method)
          IS NOT DISTINCT FROM (r.menu_item_id, r.variant_id, r.match_confidence, r.match_method)
      AND o.order_id = i.order_id
      AND o.business_date BETWEEN coalesce(CAST(:first AS date), '-infinity')
                              AND coalesce(CAST(:last AS date), 'infinity')
    RETURNING i.order_id
)
INSERT INTO touched_orders (order_id) SELECT DISTINCT order_id FROM changed
