-- Orders and money of these days by channel and kind of order.
SELECT order_from, order_type, CAST(sum(orders) AS bigint) AS orders, sum(net) AS net,
       sum(discount) AS discount, sum(tax) AS tax,
       sum(charges) AS charges, sum(total) AS total, round(sum(total) / nullif(sum(orders), 0), 2) AS average_order
FROM revenue_by_channel
WHERE business_date = ANY(CAST(:days AS date[]))
GROUP BY order_from, order_type
ORDER BY sum(net) DESC, order_from, order_type
