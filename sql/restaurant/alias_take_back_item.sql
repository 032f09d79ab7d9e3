-- An item without any size is on the menu no more.
UPDATE menu_items m
SET is_active = false, updated_at = :now
WHERE m.menu_item_id = :menu_item_id AND m.is_active
  AND NOT EXISTS (SELECT FROM menu_item_variants s WHERE s.menu_item_id = m.menu_item_id)
