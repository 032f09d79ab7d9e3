-- The cars these files were the last to show, as the data contract looks at them.
SELECT n.vin, n.vehicle_condition, n.on_lot_status, n.year, n.make, n.location, n.price::float8 AS price,
       n.msrp::float8 AS msrp, n.eligible, n.ineligible_reason, n.vin_scan_count, n.first_seen_date, n.last_seen_date
FROM normalized_vehicle_data n
JOIN raw_vehicle_data r ON r.id = n.raw_data_id
WHERE r.import_id = ANY(:imports)
