INSERT INTO location_aliases AS a (alias_norm, alias, dealership_name)
VALUES (:alias_norm, :alias, :dealership_name)
ON CONFLICT (alias_norm) DO UPDATE
    SET alias = excluded.alias, dealership_name = excluded.dealership_name
    WHERE a.dealership_name IS DISTINCT FROM excluded.dealership_name
