-- How much there is, in all.
SELECT (SELECT count(*) FROM orders) AS orders,
       (SELECT count(*) FROM order_items) AS items,
       (SELECT count(*) FROM order_item_addons) AS addons,
       (SELECT count(*) FROM menu_items WHERE is_active) AS menu_items,
       (SELECT max(business_date) FROM orders) AS newest_day
