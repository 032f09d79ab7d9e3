-- Sizes that the platform does not know yet.
INSERT INTO variants (variant_name, description, unit, value)
SELECT DISTINCT variant, description, unit, value FROM menu_wanted
ON CONFLICT (variant_name) DO NOTHING
