-- An automation's newest run that came to an end.
SELECT considered, notes, created_at FROM automation_runs
WHERE automation = :automation AND status <> 'failed'
ORDER BY created_at DESC LIMIT 1
