SELECT name, filtering_rules, output_rules, qr_output_path, is_active, updated_at
FROM dealership_configs
ORDER BY name
