-- Dealerships whose newest scan was held back because it counted too few cars.
SELECT dealership_name AS dealership, scan_date, cars, previous_cars, file_name AS file
FROM (
    SELECT DISTINCT ON (s.dealership_name) s.*, i.file_name
    FROM location_scans s
    JOIN vehicle_imports i ON i.import_id = s.import_id
    ORDER BY s.dealership_name, s.scan_date DESC, s.import_id DESC
) newest
WHERE status = 'held'
ORDER BY dealership_name
