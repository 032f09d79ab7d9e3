-- Every file that is loaded, oldest import first.
SELECT file_sha256, file_name FROM vehicle_imports WHERE status = 'loaded' ORDER BY import_id
