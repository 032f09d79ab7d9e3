-- A number belongs to one size: where it stood before, it goes first, or the new owner would be refused.
WITH owned AS (
    SELECT m.menu_item_id, v.variant_id, w.petpooja_itemid, w.petpooja_addonid
    FROM menu_wanted w
    JOIN menu_items m ON m.menu_item_id = w.menu_item_id OR (w.menu_item_id IS NULL AND (m.name, m.type) = (w.name, w.type))
    JOIN variants v ON v.variant_name = w.variant
), lost AS (
    SELECT s.menu_item_id, s.variant_id,
           bool_or(o.petpooja_itemid = s.petpooja_itemid) AS itemid,
           bool_or(o.petpooja_addonid = s.petpooja_addonid) AS addonid
    FROM menu_item_variants s
    JOIN owned o ON (o.petpooja_itemid = s.petpooja_itemid OR o.petpooja_addonid = s.petpooja_addonid)
                AND (o.menu_item_id, o.variant_id) <> (s.menu_item_id, s.variant_id)
    GROUP BY s.menu_item_id, s.variant_id
)
UPDATE menu_item_variants s
SET petpooja_itemid = CASE WHEN l.itemid THEN NULL ELSE s.petpooja_itemid END,
    petpooja_addonid = CASE WHEN l.addonid THEN NULL ELSE s.petpooja_addonid END,
    updated_at = now()
FROM lost l
WHERE (l.menu_item_id, l.variant_id) = (s.menu_item_id, s.variant_id)
