-- An event whose stream_id or event_id belongs to another order already cannot be stored beside it, and must not
-- pass for that order. It is refused, so that a feed that began to number anew is seen.
UPDATE stage_orders AS s
SET action = 'conflict'
FROM (
    SELECT n.order_no, min(CASE WHEN z.stream_id = n.stream_id THEN 'stream_id' ELSE 'event_id' END) AS taken,
           min(z.petpooja_order_id) AS other_number, min(z.business_date) AS other_day
    FROM stage_orders n
    JOIN orders z ON z.order_id IN (
        SELECT order_id FROM orders WHERE stream_id = n.stream_id
        UNION ALL
        SELECT order_id FROM orders WHERE event_id = n.event_id)
    WHERE n.action IN ('new', 'candidate', 'duplicate')
      AND z.order_id IS DISTINCT FROM n.order_id AND z.order_id IS DISTINCT FROM n.stale_id
    GROUP BY n.order_no
) AS t
WHERE t.order_no = s.order_no
RETURNING s.order_no, t.taken, t.other_number, t.other_day
