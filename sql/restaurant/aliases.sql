SELECT raw_name_norm, menu_item_id, variant_id FROM item_aliases WHERE replaced_at IS NULL
