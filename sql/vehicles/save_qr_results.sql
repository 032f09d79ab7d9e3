-- What was made or verified, for all files at once.
UPDATE qr_file_tracking AS t
SET file_exists = r.file_exists, file_size = r.file_size, payload = r.payload,
    payload_hash = r.payload_hash, look = r.look, file_sha256 = r.file_sha256, file_mtime_ns = r.file_mtime_ns,
    last_verified = clock_timestamp(), job_id = coalesce(:job_id, t.job_id)
FROM stage_qr r
WHERE t.vin = r.vin AND t.dealership_name = r.dealership_name
