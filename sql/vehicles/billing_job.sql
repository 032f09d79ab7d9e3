-- The order a billing sheet is about: the named job of a dealership, or its newest completed one.
SELECT id, dealership_name, job_type, as_of, created_at, export_file
FROM order_processing_jobs
WHERE dealership_name = :dealership AND status = 'completed'
  AND (CAST(:job_id AS bigint) IS NULL OR id = :job_id)
ORDER BY id DESC
LIMIT 1
