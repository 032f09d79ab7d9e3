-- One car as each dealership that ever listed it has it.
SELECT n.location AS dealership_name, n.vin, n.stock, n.vehicle_condition, n.on_lot_status, n.year, n.make, n.model,
       n.trim, n.price, n.msrp, n.eligible, n.ineligible_reason, n.vin_warnings, n.flags, n.first_seen_date,
       n.last_seen_date, n.gone_date, n.vehicle_url, t.qr_file_path, coalesce(t.file_exists, false) AS qr_file_exists
FROM normalized_vehicle_data n
LEFT JOIN qr_file_tracking t ON t.vin = n.vin AND t.dealership_name = n.location
WHERE n.vin = :vin
ORDER BY n.last_seen_date DESC, n.location
