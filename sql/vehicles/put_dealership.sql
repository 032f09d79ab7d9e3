INSERT INTO dealership_configs AS d (name, filtering_rules, output_rules, qr_output_path, is_active)
VALUES (:name, :filtering_rules, :output_rules, :qr_output_path, :is_active)
ON CONFLICT (name) DO UPDATE
    SET filtering_rules = excluded.filtering_rules, output_rules = excluded.output_rules,
        qr_output_path = excluded.qr_output_path, is_active = excluded.is_active
    WHERE (d.filtering_rules, d.output_rules, d.qr_output_path, d.is_active)
          IS DISTINCT FROM (excluded.filtering_rules, excluded.output_rules, excluded.qr_output_path, excluded.is_active)
