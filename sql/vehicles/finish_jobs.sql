UPDATE order_processing_jobs AS j
SET status = r.status, vehicle_count = r.vehicles, final_vehicle_count = r.exported, export_file = r.export_file,
    notes = r.notes, completed_at = clock_timestamp()
FROM unnest(CAST(:ids AS bigint[]), CAST(:statuses AS text[]), CAST(:vehicles AS integer[]),
            CAST(:exported AS integer[]), CAST(:files AS text[]), CAST(:notes AS text[]))
     AS r (id, status, vehicles, exported, export_file, notes)
WHERE j.id = r.id
