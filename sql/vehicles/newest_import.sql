-- The import a person means by "the last one", or the one they name.
SELECT import_id, file_name, scan_date, layout, rows_total, rows_loaded, rows_rejected, rows_duplicate, finished_at
FROM vehicle_imports
WHERE status = 'loaded' AND (CAST(:import_id AS bigint) IS NULL OR import_id = :import_id)
ORDER BY import_id DESC
LIMIT 1
