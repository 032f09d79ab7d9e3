-- When an automation last did its work: no row when it never did.
SELECT max(as_of) AS as_of
FROM automation_runs
WHERE automation = :automation AND status = 'applied'
HAVING max(as_of) IS NOT NULL
