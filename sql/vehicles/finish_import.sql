-- The last statement of an import: only now the clock says how long it took.
UPDATE vehicle_imports SET finished_at = clock_timestamp() WHERE import_id = :import_id
