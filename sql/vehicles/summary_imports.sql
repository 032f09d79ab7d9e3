-- The files a run loaded; for a run that loaded none (or none is given) the newest file of all.
SELECT import_id, file_name, layout, scan_date, rows_total, rows_loaded, rows_rejected, rows_duplicate,
       extract(epoch FROM finished_at - started_at)::float8 AS seconds
FROM vehicle_imports
WHERE status = 'loaded'
  AND (run_id = :run_id
       OR (NOT EXISTS (SELECT FROM vehicle_imports WHERE status = 'loaded' AND run_id = :run_id)
           AND import_id = (SELECT max(import_id) FROM vehicle_imports WHERE status = 'loaded')))
ORDER BY import_id
