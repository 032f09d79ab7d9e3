-- How much there is, in all.
SELECT (SELECT count(*) FROM orders) AS orders,
       (SELECT count(*) FROM order_items) AS items,
       (SELECT count(*) FROM order_item_addons) AS addons,
       (SELECT count(*) FROM menu_items WHERE is_active) AS menu_items,
       (SELECT min(business_date) FROM orders) AS first_day,
       (SELECT max(business_date) FROM orders) AS newest_day,
       (SELECT max(coalesce(occurred_at, created_on)) FROM orders) AS newest_event
