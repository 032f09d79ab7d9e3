-- Counts the orders of these loads again where they went.
-- lost_events: events of a stream that are in force without their order. lost_rejects: rejected events without their
-- reject. missing: for sources without numbered events, orders that were new and are in the table no more (an order a
-- later load changed belongs to that load).
SELECT l.load_id, l.source, l.name, l.orders_read, l.orders_new, l.orders_updated, l.orders_duplicate,
       l.orders_superseded, l.orders_rejected,
       CASE
           WHEN l.cursor_after IS NULL AND e.events = 0
               THEN greatest(l.orders_new - (SELECT count(*) FROM orders o WHERE o.load_id >= l.load_id), 0)
           ELSE 0
       END AS missing,
       e.lost_events, e.lost_rejects
FROM order_loads l
CROSS JOIN LATERAL (
    SELECT count(*) AS events,
           count(*) FILTER (WHERE s.outcome = 'loaded' AND NOT EXISTS (
               SELECT FROM orders x WHERE x.stream_id = s.stream_id)) AS lost_events,
           count(*) FILTER (WHERE s.outcome = 'rejected' AND NOT EXISTS (
               SELECT FROM order_rejects r WHERE r.stream_id = s.stream_id AND r.entity = 'order')) AS lost_rejects
    FROM stream_events s
    WHERE s.load_id = l.load_id
) e
WHERE l.load_id = ANY(:loads)
ORDER BY l.load_id
