-- The newest job since :since of each active dealership, the file it recorded, and the cars it could choose from.
SELECT d.name AS dealership, j.id AS job, j.job_type, j.status, j.vehicle_count AS cars, j.export_file, j.created_at,
       j.notes, e.file_size, (
           SELECT count(*) FROM normalized_vehicle_data n WHERE n.location = d.name AND n.gone_date IS NULL
       ) AS on_hand
FROM dealership_configs d
LEFT JOIN LATERAL (
    SELECT * FROM order_processing_jobs o
    WHERE o.dealership_name = d.name AND o.created_at >= :since
    ORDER BY o.id DESC
    LIMIT 1
) j ON true
LEFT JOIN LATERAL (
    SELECT h.file_size FROM export_history h
    WHERE h.job_id = j.id AND h.file_path = j.export_file
    ORDER BY h.id DESC
    LIMIT 1
) e ON true
WHERE d.is_active
ORDER BY d.name
