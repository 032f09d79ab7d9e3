-- A few of the newest lines with what they were taken for.
SELECT name_raw, menu_item, variant, quantity, revenue, match_method AS method, match_confidence AS confidence
FROM unified_sales
WHERE sold_as = :kind AND business_date >= (SELECT max(business_date) FROM orders) - 1
ORDER BY business_date DESC, order_id DESC, order_item_id DESC, order_item_addon_id DESC
LIMIT :limit
