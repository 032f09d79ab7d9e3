-- Counts every row of these files again, in the tables they went to.
SELECT i.file_name, i.rows_total, i.rows_loaded, i.rows_rejected, i.rows_duplicate, raw.rows AS raw_rows,
       raw.duplicates, rejects.rows AS reject_rows, scans.cars
FROM vehicle_imports i
CROSS JOIN LATERAL (
    SELECT count(*) AS rows, count(*) FILTER (WHERE r.is_duplicate) AS duplicates
    FROM raw_vehicle_data r WHERE r.import_id = i.import_id
) raw
CROSS JOIN LATERAL (SELECT count(*) AS rows FROM vehicle_import_rejects x WHERE x.import_id = i.import_id) rejects
CROSS JOIN LATERAL (
    SELECT coalesce(sum(s.cars), 0)::bigint AS cars FROM location_scans s WHERE s.import_id = i.import_id
) scans
WHERE i.import_id = ANY(:imports)
ORDER BY i.import_id
