-- The newest loads.
SELECT load_id, source, name, status, started_at, finished_at, orders_read, orders_new, orders_updated,
       orders_duplicate, orders_superseded, orders_rejected, items_loaded, addons_loaded, lines_rejected, error
FROM order_loads
ORDER BY load_id DESC
LIMIT :limit
