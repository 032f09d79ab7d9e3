-- A row that was not taken. Seen again it is the same one, wherever it stands now.
INSERT INTO rejected_rows (file, line, column_name, code, detail, raw, raw_sha256)
VALUES (:file, :line, :column, :code, :detail, :raw, :raw_sha256)
ON CONFLICT (file, raw_sha256, code) DO UPDATE
SET line = excluded.line, detail = excluded.detail, last_seen = clock_timestamp()
