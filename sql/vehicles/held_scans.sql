-- Feeds that fell by half and wait for a person; of one import, or all.
SELECT l.dealership_name, l.scan_date, l.cars, l.previous_cars, l.import_id, i.file_name
FROM location_scans l
JOIN vehicle_imports i USING (import_id)
WHERE l.status = 'held' AND (CAST(:import_id AS bigint) IS NULL OR l.import_id = :import_id)
ORDER BY l.dealership_name, l.scan_date
