-- The cars of jobs, in export order, as they stand now, with their QR files.
SELECT v.job_id, v.position, j.dealership_name, n.vin, n.stock, n.vehicle_condition, n.on_lot_status, n.year, n.make,
       n.model, n.trim, n.ext_color, n.body_style, n.fuel_type, n.status, n.price::float8 AS price,
       n.msrp::float8 AS msrp, n.date_in_stock, n.location, n.vehicle_url, n.first_seen_date, n.last_seen_date,
       n.gone_date, t.qr_file_path, coalesce(t.file_exists, false) AS file_exists,
       concat_ws(', ', r.street_address, r.locality, r.region, r.postal_code, r.country) AS dealership_address
FROM order_processing_job_vehicles v
JOIN order_processing_jobs j ON j.id = v.job_id
JOIN normalized_vehicle_data n ON n.vin = v.vin AND n.location = j.dealership_name
LEFT JOIN raw_vehicle_data r ON r.id = n.raw_data_id
LEFT JOIN qr_file_tracking t ON t.vin = v.vin AND t.dealership_name = j.dealership_name
WHERE v.job_id = ANY(:job_ids)
ORDER BY v.job_id, v.position
