-- What each automation of one run did.
SELECT r.automation, r.status, r.considered, r.changes, r.api_calls, r.seconds, r.error,
       coalesce((SELECT sum(b.applied) FROM change_batches b
                 WHERE b.run_id = r.run_id AND b.automation = r.automation), 0) AS applied,
       (SELECT string_agg(f.name || ' ' || f.status || ', ' || f.rows || ' rows', '; ' ORDER BY f.name)
        FROM published_files f
        WHERE f.run_id = r.run_id AND f.automation = r.automation AND f.name !~ '^reports/') AS files,
       (SELECT string_agg(e.number || ' x ' || e.kind || ' ' || e.status, '; ' ORDER BY e.kind, e.status)
        FROM (SELECT kind, status, count(*) AS number FROM effects
              WHERE run_id = r.run_id AND automation = r.automation GROUP BY kind, status) e) AS effects
FROM automation_runs r
WHERE r.run_id = :run_id
ORDER BY r.created_at
