-- One row a car, dealership and day; a second file of the same day moves last_price only.
INSERT INTO vin_history AS h (vin, dealership_name, scan_date, raw_data_id, vehicle_type, first_price, last_price)
SELECT vin, location, :scan_date, raw_data_id, vehicle_condition, price, price
FROM stage_vehicles
ON CONFLICT (dealership_name, vin, scan_date) DO UPDATE
    SET last_price = excluded.last_price, raw_data_id = excluded.raw_data_id
