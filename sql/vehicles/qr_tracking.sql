-- The QR files of the cars on hand: where each is expected and what is recorded of it.
SELECT t.vin, t.dealership_name, t.qr_file_path, t.file_exists, t.file_size, t.payload, t.payload_hash, t.look,
       t.file_sha256, t.file_mtime_ns, n.vehicle_url, n.stock, n.year, n.make, n.model
FROM qr_file_tracking t
JOIN normalized_vehicle_data n ON n.vin = t.vin AND n.location = t.dealership_name
WHERE t.dealership_name = ANY(:dealerships) AND n.gone_date IS NULL
ORDER BY t.dealership_name, t.vin
