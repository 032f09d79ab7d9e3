-- What the platform knows of the cars at the file's dealerships before the file is loaded.
SELECT vin, location, first_seen_date, last_seen_date, gone_date, price::float8 AS price
FROM normalized_vehicle_data
WHERE location = ANY(:locations)
