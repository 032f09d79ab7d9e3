-- A newer event that says the same changes nothing but how far the order is read: without that, an event between the
-- two that comes late would pass for the newest.
UPDATE orders AS o
SET stream_id = coalesce(s.stream_id, o.stream_id), event_id = coalesce(s.event_id, o.event_id),
    aggregate_id = coalesce(s.aggregate_id, o.aggregate_id), occurred_at = coalesce(s.occurred_at, o.occurred_at),
    raw = r.raw
FROM stage_orders s JOIN stage_raws r ON r.order_no = s.order_no
WHERE s.order_id = o.order_id AND s.action = 'duplicate'
  AND CASE
          WHEN s.stream_id IS NULL AND o.stream_id IS NULL
              THEN s.occurred_at IS NOT NULL AND (o.occurred_at IS NULL OR s.occurred_at > o.occurred_at)
          ELSE s.stream_id IS NOT NULL AND (o.stream_id IS NULL OR s.stream_id > o.stream_id)
      END
RETURNING s.order_no
