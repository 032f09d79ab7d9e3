INSERT INTO item_aliases (raw_name_norm, raw_name, menu_item_id, variant_id, source, verified_by, note, created_at)
SELECT n.raw_name_norm, n.raw_name, n.menu_item_id, n.variant_id, n.source, n.verified_by, n.note, :now
FROM jsonb_to_recordset(CAST(:names AS jsonb)) AS n(
    raw_name_norm text, raw_name text, menu_item_id integer, variant_id integer, source text, verified_by text, note text)
RETURNING raw_name_norm, alias_id
