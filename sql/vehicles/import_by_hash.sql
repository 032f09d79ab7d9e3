-- The same content is the same file, unless its name speaks of another day: a small lot that did not change overnight
-- gives the same bytes, and its cars were seen again all the same.
SELECT import_id, file_name, scan_date, rows_total, rows_loaded, rows_rejected, rows_duplicate, finished_at
FROM vehicle_imports
WHERE file_sha256 = :sha256 AND status = 'loaded' AND scan_date = coalesce(CAST(:named_date AS date), scan_date)
ORDER BY import_id
