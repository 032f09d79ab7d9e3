-- The views' revenue of these days beside the lines they are made of.
WITH days AS (SELECT order_id, core_total FROM sold_orders WHERE business_date = ANY(CAST(:days AS date[])))
SELECT (SELECT coalesce(sum(revenue), 0) FROM unified_sales WHERE business_date = ANY(CAST(:days AS date[])))
           AS unified,
       (SELECT coalesce(sum(revenue), 0) FROM item_sales_by_day WHERE business_date = ANY(CAST(:days AS date[])))
           AS items_by_day,
       (SELECT coalesce(sum(revenue), 0) FROM addon_sales_by_day WHERE business_date = ANY(CAST(:days AS date[])))
           AS addons_on_top,
       (SELECT coalesce(sum(i.total_price), 0) FROM order_items i JOIN days ON days.order_id = i.order_id) AS lines,
       (SELECT coalesce(sum(gross), 0) FROM revenue_by_channel WHERE business_date = ANY(CAST(:days AS date[])))
           AS channels,
       (SELECT coalesce(sum(core_total), 0) FROM days) AS core_totals,
       (SELECT count(*) FROM days) AS orders,
       (SELECT coalesce(sum(orders), 0) FROM revenue_by_channel WHERE business_date = ANY(CAST(:days AS date[])))
           AS channel_orders
