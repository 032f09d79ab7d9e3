-- The raw rows of these files as the data contract looks at them.
SELECT line_no, vin, type, year, make, location, price::float8 AS price, msrp::float8 AS msrp, vehicle_url, is_duplicate
FROM raw_vehicle_data
WHERE import_id = ANY(:imports)
