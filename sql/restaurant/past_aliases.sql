-- Names a person decided about once and does no more.
SELECT raw_name_norm FROM item_aliases GROUP BY raw_name_norm HAVING count(*) FILTER (WHERE replaced_at IS NULL) = 0
