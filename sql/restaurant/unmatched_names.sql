-- The names of the lines about to be written that this load has not matched yet, each once.
SELECT n.name_raw, n.petpooja_id, n.kind
FROM (
    SELECT i.name_raw, CAST(i.petpooja_itemid AS text) AS petpooja_id, 'item' AS kind
    FROM stage_orders s JOIN stage_items i USING (order_no)
    WHERE s.action IN ('new', 'changed')
    UNION
    SELECT a.name_raw, a.petpooja_addonid, 'addon'
    FROM stage_orders s JOIN stage_addons a USING (order_no)
    WHERE s.action IN ('new', 'changed')
) AS n
WHERE NOT EXISTS (
    SELECT FROM stage_matches m
    WHERE m.kind = n.kind AND m.name_raw = n.name_raw AND m.petpooja_id IS NOT DISTINCT FROM n.petpooja_id)
ORDER BY n.kind DESC, n.name_raw, n.petpooja_id
