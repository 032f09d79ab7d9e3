SELECT id, dealership_name, status, job_type, vehicle_count, final_vehicle_count, export_file, created_at,
       completed_at, notes
FROM order_processing_jobs
ORDER BY created_at DESC, id DESC
LIMIT :limit
