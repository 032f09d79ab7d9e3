-- One row an active dealership: cars on hand, how many its rules let through, newest scan, QR files, newest job.
SELECT q.dealership_name, q.total_vehicles, coalesce(c.eligible, 0) AS eligible_vehicles, s.scan_date AS last_scan,
       coalesce(s.status = 'held', false) AS held, q.existing_qr_files, q.missing_qr_files,
       q.qr_completion_percentage, j.id AS job_id, j.status AS job_status, j.vehicle_count AS job_vehicles,
       j.created_at AS job_created_at
FROM dealership_qr_status q
LEFT JOIN (
    SELECT location, count(*) FILTER (WHERE eligible) AS eligible
    FROM normalized_vehicle_data
    WHERE gone_date IS NULL
    GROUP BY location
) c ON c.location = q.dealership_name
LEFT JOIN LATERAL (
    SELECT scan_date, status
    FROM location_scans l
    WHERE l.dealership_name = q.dealership_name
    ORDER BY scan_date DESC, import_id DESC
    LIMIT 1
) s ON true
LEFT JOIN LATERAL (
    SELECT id, status, vehicle_count, created_at
    FROM order_processing_jobs o
    WHERE o.dealership_name = q.dealership_name
    ORDER BY created_at DESC, id DESC
    LIMIT 1
) j ON true
ORDER BY q.dealership_name
