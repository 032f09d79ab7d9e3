-- A few rejected rows of these files, each code represented.
SELECT i.file_name AS file, r.line_no AS line, r.code, r.location, r.vin, r.column_name AS "column", r.detail
FROM (
    SELECT v.*, row_number() OVER (PARTITION BY code ORDER BY import_id DESC, line_no) AS nth
    FROM vehicle_import_rejects v
    WHERE import_id = ANY(:imports)
) r
JOIN vehicle_imports i ON i.import_id = r.import_id
WHERE r.nth <= :each
ORDER BY r.code, r.nth
