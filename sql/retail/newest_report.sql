-- The newest run of a report in which it was made; in later ones of its period it was known.
SELECT considered, notes, created_at FROM automation_runs
WHERE automation = :automation AND status <> 'failed' AND considered > 0
ORDER BY created_at DESC LIMIT 1
