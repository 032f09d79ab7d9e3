-- Rejected rows per file; locations that are no client are left out on purpose and are not counted.
SELECT i.file_name, i.rows_total - count(r.id) FILTER (WHERE r.code = 'ignored_location') AS rows,
       count(r.id) FILTER (WHERE r.code <> 'ignored_location') AS rejected
FROM vehicle_imports i
LEFT JOIN vehicle_import_rejects r ON r.import_id = i.import_id
WHERE i.import_id = ANY(:imports)
GROUP BY i.import_id
ORDER BY i.import_id
