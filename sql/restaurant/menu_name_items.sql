-- The spelling of the file, and that a person wrote it.
UPDATE menu_items m
SET name = w.name, is_verified = m.is_verified OR :is_verified, updated_at = now()
FROM (SELECT DISTINCT menu_item_id, name FROM menu_wanted) w
WHERE w.menu_item_id = m.menu_item_id
  AND (m.name, m.is_verified) IS DISTINCT FROM (w.name, m.is_verified OR :is_verified)
