-- Locations of these files that mean no dealership.
SELECT r.location, count(*) AS cars, max(i.file_name) AS file, min(r.line_no) AS line
FROM vehicle_import_rejects r
JOIN vehicle_imports i ON i.import_id = r.import_id
WHERE r.import_id = ANY(:imports) AND r.code = 'unknown_location' AND r.location IS NOT NULL
GROUP BY r.location
ORDER BY count(*) DESC, r.location
