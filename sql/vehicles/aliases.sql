SELECT alias, dealership_name FROM location_aliases ORDER BY alias
