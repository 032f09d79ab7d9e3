-- Which stored order each staged one is. First its natural key. Else the same number and time on the day before or
-- after, which is the order as it was read under another start of the operating day. Else the same event.
UPDATE stage_orders AS s
SET restaurant_id = f.restaurant_id, customer_id = f.customer_id, order_id = f.order_id
FROM (
    SELECT n.order_no, r.restaurant_id, c.customer_id,
           coalesce(k.order_id, d.order_id, e.order_id, p.order_id) AS order_id
    FROM stage_orders n
    JOIN restaurants r ON r.petpooja_restid = n.petpooja_restid
    LEFT JOIN customers c ON c.identity = n.customer_identity
    LEFT JOIN orders k
        ON k.restaurant_id = r.restaurant_id AND k.business_date = n.business_date
        AND k.petpooja_order_id = n.petpooja_order_id
    LEFT JOIN orders d
        ON d.restaurant_id = r.restaurant_id AND d.business_date IN (n.business_date - 1, n.business_date + 1)
        AND d.petpooja_order_id = n.petpooja_order_id AND d.created_on = n.created_on
    LEFT JOIN orders e
        ON e.event_id = n.event_id AND e.restaurant_id = r.restaurant_id
        AND e.petpooja_order_id = n.petpooja_order_id
    LEFT JOIN orders p
        ON p.stream_id = n.stream_id AND p.restaurant_id = r.restaurant_id
        AND p.petpooja_order_id = n.petpooja_order_id
) AS f
WHERE f.order_no = s.order_no
