-- Whom exports are made for; also those whose rules cannot be read, so that they are missed.
SELECT name FROM dealership_configs WHERE is_active ORDER BY name
