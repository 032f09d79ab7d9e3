-- Where orders stood whose chain of events moves them, and the old places it leaves.
SELECT s.order_no, o.created_on
FROM stage_orders s
JOIN orders o ON o.order_id = s.order_id
WHERE s.action IN ('changed', 'duplicate') AND o.created_on <> s.created_on
UNION ALL
SELECT s.order_no, o.created_on
FROM stage_orders s
JOIN orders o ON o.order_id = s.stale_id
WHERE s.action IN ('changed', 'duplicate') AND o.created_on <> s.created_on
