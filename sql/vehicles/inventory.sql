-- The stored cars a job may choose from, as the eligibility rules expect them. One snapshot serves all dealerships.
SELECT vin, stock, vehicle_condition, on_lot_status, year, make, model, trim, ext_color, body_style, fuel_type, status,
       price::float8 AS price, msrp::float8 AS msrp, date_in_stock, location, vehicle_url, first_seen_date,
       last_seen_date, gone_date, eligible, ineligible_reason
FROM normalized_vehicle_data
WHERE location = ANY(:locations) AND gone_date IS NULL
ORDER BY location, vin
