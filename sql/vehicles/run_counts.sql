-- What one Dagster run did, in figures; QR files count as made when they were recorded after the run began.
WITH jobs AS (
    SELECT id, status, vehicle_count FROM order_processing_jobs WHERE run_id = :run_id
)
SELECT
    current_setting('server_version') AS server_version,
    (SELECT count(*) FROM dealership_configs) AS dealerships,
    (SELECT count(*) FROM vehicle_imports WHERE run_id = :run_id AND status = 'loaded') AS files_loaded,
    (SELECT count(*) FROM vehicle_imports WHERE status = 'loaded') AS files_in_all,
    (SELECT coalesce(sum(rows_total), 0) FROM vehicle_imports WHERE run_id = :run_id) AS rows_read,
    (SELECT coalesce(sum(rows_loaded), 0) FROM vehicle_imports WHERE run_id = :run_id) AS rows_loaded,
    (SELECT coalesce(sum(rows_rejected), 0) FROM vehicle_imports WHERE run_id = :run_id) AS rows_rejected,
    (SELECT coalesce(sum(rows_duplicate), 0) FROM vehicle_imports WHERE run_id = :run_id) AS rows_duplicate,
    (SELECT count(*) FROM current_inventory) AS cars_on_hand,
    (SELECT count(*) FROM current_inventory WHERE eligible) AS cars_eligible,
    (SELECT count(*) FROM jobs) AS jobs,
    (SELECT count(*) FROM jobs WHERE status = 'completed') AS jobs_completed,
    (SELECT count(*) FROM jobs WHERE status = 'empty') AS jobs_empty,
    (SELECT count(*) FROM jobs WHERE status = 'failed') AS jobs_failed,
    (SELECT coalesce(sum(vehicle_count), 0) FROM jobs) AS cars_exported,
    (SELECT coalesce(sum(total_vehicles), 0) FROM dealership_qr_status) AS qr_wanted,
    (SELECT coalesce(sum(existing_qr_files), 0) FROM dealership_qr_status) AS qr_existing,
    (SELECT count(*) FROM qr_file_tracking WHERE file_exists AND last_verified >= :since) AS qr_made,
    (SELECT count(*) FROM export_history e JOIN jobs j ON j.id = e.job_id) AS files_handed_out
