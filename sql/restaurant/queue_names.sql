-- Names of the queue, held until the transaction ends so that nobody else decides about them meanwhile.
SELECT q.*, m.name AS item_name, m.type AS item_type, v.variant_name AS item_variant
FROM match_review_queue q
LEFT JOIN item_aliases a ON a.alias_id = q.alias_id
LEFT JOIN menu_items m ON m.menu_item_id = a.menu_item_id
LEFT JOIN variants v ON v.variant_id = a.variant_id
WHERE q.raw_name_norm = ANY(:names)
FOR UPDATE OF q
