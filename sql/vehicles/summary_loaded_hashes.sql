-- Which of these contents were loaded before, under whatever name, and for which days.
SELECT DISTINCT file_sha256, scan_date FROM vehicle_imports
WHERE status = 'loaded' AND file_sha256 = ANY(:hashes)
