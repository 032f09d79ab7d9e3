INSERT INTO order_loads (
    source, name, file_sha256, cursor_before, cursor_after, started_at, finished_at, status, error, run_id
) VALUES (
    :source, :name, :sha256, :cursor_before, :cursor_after, :started_at, clock_timestamp(), 'failed', :error, :run_id
)
