-- An item is active as long as one of its sizes is.
UPDATE menu_items m
SET is_active = s.any_active, updated_at = now()
FROM (SELECT menu_item_id, bool_or(is_active) AS any_active FROM menu_item_variants GROUP BY menu_item_id) s
WHERE s.menu_item_id = m.menu_item_id AND s.any_active <> m.is_active
