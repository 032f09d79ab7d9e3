-- The cars that came last, to look at.
SELECT vin, stock, year, make, model, trim, price::float8 AS price, vehicle_condition AS condition, location, eligible,
       ineligible_reason AS reason
FROM normalized_vehicle_data
WHERE gone_date IS NULL
ORDER BY id DESC
LIMIT :limit
