SELECT id, status, vehicle_count, final_vehicle_count, export_file, dealership_name, job_type, created_at,
       completed_at, notes
FROM order_processing_jobs
WHERE id = :job_id
