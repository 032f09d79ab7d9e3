-- What sold best as a line of a bill in the newest :last days.
SELECT coalesce(menu_item, '(no link)') AS menu_item, item_type, variant, sum(quantity) AS quantity,
       sum(revenue) AS revenue, count(DISTINCT order_id) AS orders
FROM unified_sales
WHERE sold_as = 'item' AND business_date > (SELECT max(business_date) FROM orders) - CAST(:last AS integer)
GROUP BY menu_item_id, menu_item, item_type, variant_id, variant
ORDER BY sum(revenue) DESC, menu_item, variant
LIMIT :limit
