-- What is shipped only fills what is missing: a dealership the operator edited stays as it is.
INSERT INTO dealership_configs (name, filtering_rules, output_rules, qr_output_path, is_active)
VALUES (:name, :filtering_rules, :output_rules, :qr_output_path, :is_active)
ON CONFLICT (name) DO NOTHING
