INSERT INTO retail.backup_copies
    (name, copied_on, as_of, dst, source, status, files, bytes, seconds, detail, verified_at, run_id)
VALUES
    (:name, :copied_on, :as_of, :dst, :source, :status, :files, :bytes, :seconds, :detail,
     CASE WHEN :status IN ('ok', 'unchanged', 'incomplete') THEN clock_timestamp() END, :run_id)
RETURNING copy_id
