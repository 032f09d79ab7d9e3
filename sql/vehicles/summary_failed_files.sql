-- Why the last attempt to load each of these contents failed; contents that were loaded since do not appear.
SELECT DISTINCT ON (f.file_sha256) f.file_sha256, f.file_name, f.error, f.finished_at
FROM vehicle_imports f
WHERE f.file_sha256 = ANY(:hashes) AND f.status = 'failed'
  AND NOT EXISTS (SELECT FROM vehicle_imports l WHERE l.file_sha256 = f.file_sha256 AND l.status = 'loaded')
ORDER BY f.file_sha256, f.import_id DESC
