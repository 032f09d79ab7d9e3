-- When an automation did its work for the first time: no row when it never did.
SELECT min(as_of) AS as_of
FROM automation_runs
WHERE automation = :automation AND status = 'applied'
HAVING min(as_of) IS NOT NULL
