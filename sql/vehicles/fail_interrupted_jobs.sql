-- Called while holding the lock that every job holds while it works: whoever is still "running" now is dead.
UPDATE order_processing_jobs
SET status = 'failed', completed_at = clock_timestamp(),
    notes = 'interrupted: the process ended before the job did; run it again'
WHERE status IN ('created', 'running')
