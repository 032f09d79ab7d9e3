-- Which of these contents were loaded before, under whatever name.
SELECT DISTINCT file_sha256 FROM vehicle_imports
WHERE status = 'loaded' AND file_sha256 = ANY(:hashes)
