-- An event whose stream_id or event_id belongs to another order already cannot be stored beside it, and must not
-- pass for that order. It is refused, so that a feed that began to number anew is seen.
-- Two plain joins: with one OR between the ids every stored order is compared with every staged one.
UPDATE stage_orders AS s
SET action = 'conflict'
FROM (
    SELECT order_no, max(id) AS taken, max(other_number) AS other_number, max(other_day) AS other_day
    FROM (
        SELECT n.order_no, 'stream_id' AS id, z.order_id, n.order_id AS own, n.stale_id AS stale,
               z.petpooja_order_id AS other_number, z.business_date AS other_day
        FROM stage_orders n JOIN orders z ON z.stream_id = n.stream_id
        WHERE n.action IN ('new', 'candidate', 'duplicate')
        UNION ALL
        SELECT n.order_no, 'event_id', z.order_id, n.order_id, n.stale_id, z.petpooja_order_id, z.business_date
        FROM stage_orders n JOIN orders z ON z.event_id = n.event_id
        WHERE n.action IN ('new', 'candidate', 'duplicate')
    ) AS known
    WHERE order_id IS DISTINCT FROM own AND order_id IS DISTINCT FROM stale
    GROUP BY order_no
) AS t
WHERE t.order_no = s.order_no
RETURNING s.order_no, t.taken, t.other_number, t.other_day
