-- The same for the cars of one job, also when one of them is gone meanwhile: its file was ordered.
SELECT t.vin, t.dealership_name, t.qr_file_path, t.file_exists, t.file_size, t.payload, t.payload_hash, t.look,
       t.file_sha256, t.file_mtime_ns, n.vehicle_url, n.stock, n.year, n.make, n.model
FROM order_processing_job_vehicles v
JOIN order_processing_jobs j ON j.id = v.job_id
JOIN qr_file_tracking t ON t.vin = v.vin AND t.dealership_name = j.dealership_name
JOIN normalized_vehicle_data n ON n.vin = t.vin AND n.location = t.dealership_name
WHERE v.job_id = :job_id AND j.dealership_name = ANY(:dealerships)
ORDER BY v.position
