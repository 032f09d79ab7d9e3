-- What a name was sold for, the usual price first.
SELECT price, count(*) AS lines
FROM (
    SELECT unit_price AS price FROM order_items WHERE name_raw = ANY(:names)
    UNION ALL
    SELECT price FROM order_item_addons WHERE name_raw = ANY(:names)
) sold
GROUP BY price
ORDER BY count(*) DESC, price
LIMIT 3
