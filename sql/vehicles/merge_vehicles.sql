-- The staged cars become the inventory. An older file may tell when a car was first seen; it never moves dates back
-- and never overwrites what a newer scan said.
MERGE INTO normalized_vehicle_data AS n
USING stage_vehicles AS s
ON n.vin = s.vin AND n.location = s.location
WHEN MATCHED AND n.last_seen_date <= :scan_date THEN UPDATE SET
    raw_data_id = s.raw_data_id, stock = s.stock, vehicle_condition = s.vehicle_condition,
    on_lot_status = s.on_lot_status, year = s.year, make = s.make, model = s.model, trim = s.trim,
    ext_color = s.ext_color, body_style = s.body_style, fuel_type = s.fuel_type, status = s.status, price = s.price,
    msrp = s.msrp, date_in_stock = s.date_in_stock, vehicle_url = s.vehicle_url, vin_warnings = s.vin_warnings,
    flags = s.flags, eligible = s.eligible, ineligible_reason = s.ineligible_reason,
    vin_scan_count = n.vin_scan_count + 1, last_seen_date = :scan_date, gone_date = NULL
WHEN MATCHED THEN UPDATE SET
    vin_scan_count = n.vin_scan_count + 1, first_seen_date = least(n.first_seen_date, :scan_date)
WHEN NOT MATCHED THEN INSERT (
    raw_data_id, vin, stock, vehicle_condition, on_lot_status, year, make, model, trim, ext_color, body_style,
    fuel_type, status, price, msrp, date_in_stock, location, vehicle_url, vin_warnings, flags, eligible,
    ineligible_reason, first_seen_date, last_seen_date
) VALUES (
    s.raw_data_id, s.vin, s.stock, s.vehicle_condition, s.on_lot_status, s.year, s.make, s.model, s.trim, s.ext_color,
    s.body_style, s.fuel_type, s.status, s.price, s.msrp, s.date_in_stock, s.location, s.vehicle_url, s.vin_warnings,
    s.flags, s.eligible, s.ineligible_reason, :scan_date, :scan_date
)
