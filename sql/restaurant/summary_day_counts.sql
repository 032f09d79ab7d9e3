-- What each of these days holds.
SELECT o.business_date, count(*) AS orders,
       count(*) FILTER (WHERE lower(btrim(o.order_status)) IN ('cancelled', 'canceled')) AS cancelled,
       sum(i.lines) AS lines, sum(i.linked) AS lines_linked, sum(a.addons) AS addons, sum(a.linked) AS addons_linked,
       sum(o.total) AS total
FROM orders o
CROSS JOIN LATERAL (
    SELECT count(*) AS lines, count(menu_item_id) AS linked FROM order_items i WHERE i.order_id = o.order_id
) i
CROSS JOIN LATERAL (
    SELECT count(*) AS addons, count(x.menu_item_id) AS linked
    FROM order_items i JOIN order_item_addons x ON x.order_item_id = i.order_item_id
    WHERE i.order_id = o.order_id
) a
WHERE o.business_date = ANY(CAST(:days AS date[]))
GROUP BY o.business_date
ORDER BY o.business_date
