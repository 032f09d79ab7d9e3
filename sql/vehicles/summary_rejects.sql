-- Why rows of these files were not loaded.
SELECT code, count(*) AS rows, count(DISTINCT location) AS locations, min(detail) AS example
FROM vehicle_import_rejects
WHERE import_id = ANY(:imports)
GROUP BY code
ORDER BY count(*) DESC, code
