-- The files and pages a run loaded, added up, and how far its source is read.
SELECT count(*) AS pages, coalesce(sum(l.orders_read), 0) AS read, coalesce(sum(l.orders_new), 0) AS new,
       coalesce(sum(l.orders_updated), 0) AS updated, coalesce(sum(l.orders_duplicate), 0) AS known,
       coalesce(sum(l.orders_superseded), 0) AS superseded, coalesce(sum(l.orders_rejected), 0) AS rejected,
       coalesce(sum(l.lines_rejected), 0) AS lines_rejected, max(l.cursor_after) AS cursor,
       coalesce(CAST(sum(extract(epoch FROM l.finished_at - l.started_at)) AS float8), 0) AS seconds
FROM order_loads l
WHERE l.status = 'loaded' AND l.run_id = :run_id
