-- Cars a dealership had in a completed job before this day; a repeat of the same day's job leaves nothing out.
SELECT DISTINCT j.dealership_name, v.vin
FROM order_processing_jobs j
JOIN order_processing_job_vehicles v ON v.job_id = j.id
WHERE j.dealership_name = ANY(:dealerships) AND j.status = 'completed' AND j.as_of < :as_of
