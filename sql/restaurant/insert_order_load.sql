INSERT INTO order_loads (source, name, file_sha256, cursor_before, cursor_after, started_at, status, run_id)
VALUES (:source, :name, :sha256, :cursor_before, :cursor_after, :started_at, 'loaded', :run_id)
RETURNING load_id
