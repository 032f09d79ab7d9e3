-- One statement for all jobs of a day; ids come back in the order of the input.
INSERT INTO order_processing_jobs (dealership_name, job_type, filters, as_of, status, created_by, run_id)
SELECT r.dealership, r.job_type, CAST(r.filters AS jsonb), :as_of, 'running', :created_by, :run_id
FROM unnest(CAST(:dealerships AS text[]), CAST(:job_types AS text[]), CAST(:filters AS text[]))
     WITH ORDINALITY AS r (dealership, job_type, filters, position)
ORDER BY r.position
RETURNING id, created_at
