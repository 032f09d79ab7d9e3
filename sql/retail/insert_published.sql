-- A file that is to be published.
INSERT INTO published_files (automation, name, sha256, size, rows, status, detail, is_sandbox, run_id)
VALUES (:automation, :name, :sha256, :size, :rows, :status, :detail, :is_sandbox, :run_id)
RETURNING published_id
