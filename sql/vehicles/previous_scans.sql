-- What each dealership's newest accepted scan up to this file's day counted.
SELECT DISTINCT ON (dealership_name) dealership_name, cars
FROM location_scans
WHERE dealership_name = ANY(:locations) AND status = 'accepted' AND scan_date <= :scan_date
ORDER BY dealership_name, scan_date DESC, import_id DESC
