-- The last completed job of each dealership: what Illustrator works with today.
SELECT DISTINCT ON (dealership_name) id, dealership_name, job_type, export_file, as_of, created_at
FROM order_processing_jobs
WHERE dealership_name = ANY(:dealerships) AND status = 'completed'
ORDER BY dealership_name, id DESC
