-- The rows of one file that were not loaded; without a code, all of them.
SELECT r.line_no, r.location, r.vin, r.code, r.column_name, r.detail, r.raw
FROM vehicle_import_rejects r
WHERE r.import_id = :import_id AND (CAST(:code AS text) IS NULL OR r.code = :code)
ORDER BY r.line_no, r.id
