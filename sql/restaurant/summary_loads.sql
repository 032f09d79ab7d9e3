-- The files and pages a run loaded; for a run that loaded none (or none is given) the newest of all.
SELECT load_id, run_id, source, name, cursor_before, cursor_after, orders_read, orders_new, orders_updated,
       orders_duplicate, orders_superseded, orders_rejected, items_loaded, addons_loaded, lines_rejected,
       CAST(extract(epoch FROM finished_at - started_at) AS float8) AS seconds
FROM order_loads
WHERE status = 'loaded'
  AND (run_id = :run_id
       OR (NOT EXISTS (SELECT FROM order_loads WHERE status = 'loaded' AND run_id = :run_id)
           AND load_id = (SELECT max(load_id) FROM order_loads WHERE status = 'loaded')))
ORDER BY load_id
