SELECT alias, alias_norm, dealership_name FROM location_aliases ORDER BY alias
