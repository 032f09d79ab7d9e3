-- Decisions in force, by where they came from.
SELECT source, count(*) AS names, count(*) FILTER (WHERE menu_item_id IS NULL) AS no_item,
       count(DISTINCT menu_item_id) AS menu_items, max(created_at) AS newest
FROM item_aliases
WHERE replaced_at IS NULL
GROUP BY source
ORDER BY count(*) DESC, source
