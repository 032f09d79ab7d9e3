INSERT INTO vehicle_imports (
    file_name, file_sha256, file_size, layout, scan_date, rows_total, rows_loaded, rows_rejected, rows_duplicate,
    locations, status, run_id, started_at
) VALUES (
    :file_name, :sha256, :file_size, :layout, :scan_date, :rows_total, :rows_loaded, :rows_rejected, :rows_duplicate,
    :locations, 'loaded', :run_id, :started_at
) RETURNING import_id
