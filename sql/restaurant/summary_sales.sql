-- Orders that count, and the rupees of their lines.
SELECT (SELECT count(*) FROM sold_orders) AS orders,
       (SELECT coalesce(sum(i.total_price), 0) FROM order_items i JOIN sold_orders o ON o.order_id = i.order_id)
           AS rupees
