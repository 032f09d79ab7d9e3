UPDATE order_loads
SET finished_at = clock_timestamp(), orders_read = :orders_read, orders_new = :orders_new,
    orders_updated = :orders_updated, orders_duplicate = :orders_duplicate,
    orders_superseded = :orders_superseded, orders_rejected = :orders_rejected, items_loaded = :items_loaded,
    addons_loaded = :addons_loaded, lines_rejected = :lines_rejected
WHERE load_id = :load_id
