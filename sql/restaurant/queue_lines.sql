-- What stands in the books under each spelling; an add-on earns its price times its quantity.
SELECT i.name_raw, count(*)::integer AS line_count, count(*) FILTER (WHERE i.menu_item_id IS NULL)::integer AS unlinked,
       sum(i.total_price) AS revenue, min(o.business_date) AS first_seen, max(o.business_date) AS last_seen
FROM order_items i
JOIN orders o ON o.order_id = i.order_id
GROUP BY i.name_raw
UNION ALL
SELECT a.name_raw, count(*)::integer, count(*) FILTER (WHERE a.menu_item_id IS NULL)::integer,
       sum(a.price * a.quantity), min(o.business_date), max(o.business_date)
FROM order_item_addons a
JOIN order_items i ON i.order_item_id = a.order_item_id
JOIN orders o ON o.order_id = i.order_id
GROUP BY a.name_raw
