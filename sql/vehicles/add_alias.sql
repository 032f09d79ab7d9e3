INSERT INTO location_aliases (alias_norm, alias, dealership_name)
VALUES (:alias_norm, :alias, :dealership_name)
ON CONFLICT (alias_norm) DO NOTHING
