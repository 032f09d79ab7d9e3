SELECT name, filtering_rules, output_rules, qr_output_path, is_active, created_at, updated_at
FROM dealership_configs
WHERE name = :name
