-- Items that the menu lacks.
INSERT INTO menu_items (name, type, is_verified, created_at)
SELECT DISTINCT name, type, :is_verified, coalesce(CAST(:now AS timestamptz), now())
FROM menu_wanted
WHERE menu_item_id IS NULL
ON CONFLICT (name, type) DO NOTHING
