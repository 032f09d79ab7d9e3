-- What one run brought in, and what stands there now, in figures.
WITH loads AS (
    SELECT * FROM order_loads WHERE run_id = :run_id AND status = 'loaded'
),
linked AS (
    SELECT count(*) FILTER (WHERE menu_item_id IS NOT NULL) AS linked, count(*) AS every
    FROM order_items
)
SELECT
    (SELECT count(*) FROM loads) AS pages,
    (SELECT coalesce(sum(orders_read), 0) FROM loads) AS orders_read,
    (SELECT coalesce(sum(orders_new), 0) FROM loads) AS orders_new,
    (SELECT coalesce(sum(orders_updated), 0) FROM loads) AS orders_updated,
    (SELECT coalesce(sum(orders_duplicate), 0) FROM loads) AS orders_duplicate,
    (SELECT coalesce(sum(orders_superseded), 0) FROM loads) AS orders_superseded,
    (SELECT coalesce(sum(orders_rejected), 0) FROM loads) AS orders_rejected,
    (SELECT count(*) FROM orders) AS orders,
    (SELECT count(*) FROM order_items) AS items,
    (SELECT count(*) FROM order_item_addons) AS addons,
    (SELECT coalesce(round(100.0 * linked / nullif(every, 0), 1), 0) FROM linked) AS linked_percent,
    (SELECT count(*) FROM match_review_queue WHERE status IN ('open', 'skipped')) AS waiting,
    (SELECT count(*) FROM menu_items) AS menu_items,
    (SELECT coalesce(sum(quantity), 0) FROM unified_sales WHERE menu_item = 'Waffle Cone') AS waffle_cones
