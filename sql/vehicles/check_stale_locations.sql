-- Active dealerships no file has shown for :days days, while others were scanned.
SELECT d.name AS dealership, max(s.scan_date) AS last_scan, newest_scan_date() AS newest_of_all
FROM dealership_configs d
LEFT JOIN location_scans s ON s.dealership_name = d.name
WHERE d.is_active
GROUP BY d.name, d.created_at
HAVING coalesce(max(s.scan_date), d.created_at::date) < newest_scan_date() - CAST(:days AS integer)
ORDER BY max(s.scan_date) NULLS FIRST, d.name
