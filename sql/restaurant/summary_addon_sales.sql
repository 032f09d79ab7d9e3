-- What was added most in the newest :last days, with what sold of it as a line of its own.
SELECT menu_item, item_type, variant, sum(quantity) AS quantity,
       sum(quantity) FILTER (WHERE sold_as = 'addon') AS as_addon,
       coalesce(sum(quantity) FILTER (WHERE sold_as = 'item'), 0) AS as_item, sum(amount) AS amount
FROM unified_sales
WHERE menu_item_id IS NOT NULL
  AND business_date > (SELECT max(business_date) FROM orders) - CAST(:last AS integer)
GROUP BY menu_item_id, menu_item, item_type, variant_id, variant
HAVING count(*) FILTER (WHERE sold_as = 'addon') > 0
ORDER BY sum(quantity) FILTER (WHERE sold_as = 'addon') DESC, menu_item, variant
LIMIT :limit
