-- A size that a decision put on the menu goes with it, unless somebody else uses it by now.
DELETE FROM menu_item_variants s
WHERE s.menu_item_id = :menu_item_id AND s.variant_id = :variant_id AND s.created_at = :created_at
  AND NOT EXISTS (
      SELECT FROM item_aliases a
      WHERE a.replaced_at IS NULL AND a.menu_item_id = s.menu_item_id AND a.variant_id = s.variant_id)
  AND NOT EXISTS (
      SELECT FROM order_items i
      WHERE i.menu_item_id = s.menu_item_id AND i.variant_id = s.variant_id AND i.name_raw <> ALL(:spellings))
  AND NOT EXISTS (
      SELECT FROM order_item_addons i
      WHERE i.menu_item_id = s.menu_item_id AND i.variant_id = s.variant_id AND i.name_raw <> ALL(:spellings))
