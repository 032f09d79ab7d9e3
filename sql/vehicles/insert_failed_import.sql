INSERT INTO vehicle_imports (file_name, file_sha256, file_size, scan_date, status, error, run_id, started_at, finished_at)
VALUES (:file_name, :sha256, :file_size, :scan_date, 'failed', :error, :run_id, :started_at, clock_timestamp())
