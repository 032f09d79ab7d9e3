-- What becomes of each staged order: new, a copy of the event that is in force (duplicate), older than it
-- (superseded), or newer (candidate: whether anything changes is found out next).
-- Newer: the higher stream_id where both have one, else the later occurred_at, else what came later.
-- again: the stored events are read anew, so a copy is a candidate and what only the event told stays.
UPDATE stage_orders AS s
SET action = CASE
        WHEN o.order_id IS NULL THEN 'new'
        WHEN j.chain_is_newer THEN 'superseded'
        WHEN j.is_same THEN CASE WHEN CAST(:again AS boolean) THEN 'candidate' ELSE 'duplicate' END
        WHEN j.is_newer THEN 'candidate'
        ELSE 'superseded'
    END,
    stale_id = CASE WHEN NOT j.chain_is_newer THEN s.stale_id END,
    old_stream_id = o.stream_id,
    customer_id = CASE WHEN CAST(:again AS boolean) THEN coalesce(s.customer_id, o.customer_id) ELSE s.customer_id END
FROM stage_orders n
LEFT JOIN orders o ON o.order_id = n.order_id
LEFT JOIN orders c ON c.order_id = n.stale_id
CROSS JOIN LATERAL (
    SELECT
        coalesce(n.stream_id = o.stream_id OR n.event_id = o.event_id, false) AS is_same,
        coalesce(
            n.stream_id > o.stream_id,
            CASE WHEN n.occurred_at <> o.occurred_at THEN n.occurred_at > o.occurred_at END,
            true) AS is_newer,
        c.order_id IS NOT NULL AND NOT coalesce(
            n.stream_id > c.stream_id,
            CASE WHEN n.occurred_at <> c.occurred_at THEN n.occurred_at > c.occurred_at END,
            true) AS chain_is_newer
) AS j
WHERE n.order_no = s.order_no
