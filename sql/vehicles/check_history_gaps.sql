-- Dealerships of these files with fewer sightings recorded on the day than cars in the file.
SELECT s.dealership_name AS dealership, s.scan_date, s.cars, count(h.vin) AS recorded
FROM location_scans s
LEFT JOIN vin_history h ON h.dealership_name = s.dealership_name AND h.scan_date = s.scan_date
WHERE s.import_id = ANY(:imports)
GROUP BY s.import_id, s.dealership_name, s.scan_date, s.cars
HAVING count(h.vin) < s.cars
ORDER BY s.dealership_name
