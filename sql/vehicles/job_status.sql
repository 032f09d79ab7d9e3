-- One job with its duration, its filters and how many of its cars have their QR file.
SELECT s.id, s.status, s.vehicle_count, s.final_vehicle_count, j.export_file, s.dealership_name, s.job_type,
       s.created_at, s.completed_at, j.notes, s.duration_minutes, s.qr_files_tracked, s.qr_files_exist, j.filters,
       j.as_of, j.created_by, j.run_id
FROM current_job_status s
JOIN order_processing_jobs j ON j.id = s.id
WHERE s.id = :job_id
