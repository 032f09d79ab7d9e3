-- The decision that this one took the place of, if any.
SELECT raw_name_norm, raw_name, menu_item_id, variant_id, source, verified_by, note
FROM item_aliases
WHERE raw_name_norm = :name AND replaced_at = :created_at AND alias_id <> :alias_id
ORDER BY alias_id DESC
LIMIT 1
