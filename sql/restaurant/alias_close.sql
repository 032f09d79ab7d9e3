-- Decisions that others take the place of, or that are taken back; they stay as history.
UPDATE item_aliases SET replaced_at = :now WHERE raw_name_norm = ANY(:names) AND replaced_at IS NULL
