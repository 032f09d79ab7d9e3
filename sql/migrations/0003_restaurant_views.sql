-- Restaurant: the views people ask for sales. Cancelled orders are left out of all that count sales.
-- Revenue counts every rupee once, before discount and tax: a line's total_price. PetPooja's guide says that the unit
-- price of a line holds its add-ons ("price = item unit price + addon price"), so an add-on brings no revenue of its
-- own; its amount says what it cost. Some relays put add-ons on top of the lines: where an order's core_total proves that,
-- their amount is revenue. So the sums of the views are the sums of the lines, and the core totals of the bills.
-- Quantities: an add-on belongs to one piece of its line (two ice creams with a cone each are one line of two and one
-- cone), so pieces of an add-on = its quantity times the quantity of its line, unless the order's sums say otherwise.

SET LOCAL search_path = restaurant, ops, public;

-- Which orders a load brought: asked by every run that shows what it did.
CREATE INDEX orders_load ON orders (load_id);

-- ---------------------------------------------------------------------------------------------------------------
-- The orders that count, and everything sold in them
-- ---------------------------------------------------------------------------------------------------------------

CREATE VIEW sold_orders AS
SELECT order_id, restaurant_id, petpooja_order_id, business_date, created_on, order_type, order_from, payment_type,
       order_status, core_total, discount_total, tax_total, delivery_charges, packaging_charge, service_charge,
       round_off, total
FROM orders
WHERE lower(btrim(order_status)) NOT IN ('cancelled', 'canceled');
COMMENT ON VIEW sold_orders IS 'Orders that were not cancelled. Complimentary ones and those of an unknown status are in it.';
COMMENT ON COLUMN sold_orders.order_id IS 'number of the order';
COMMENT ON COLUMN sold_orders.restaurant_id IS 'the restaurant';
COMMENT ON COLUMN sold_orders.petpooja_order_id IS 'PetPooja''s number of the order, which it uses again';
COMMENT ON COLUMN sold_orders.business_date IS 'the operating day';
COMMENT ON COLUMN sold_orders.created_on IS 'when the bill was made';
COMMENT ON COLUMN sold_orders.order_type IS 'Delivery, Dine In, Pick Up';
COMMENT ON COLUMN sold_orders.order_from IS 'the channel: POS, Zomato, Swiggy ...';
COMMENT ON COLUMN sold_orders.payment_type IS 'how it was paid';
COMMENT ON COLUMN sold_orders.order_status IS 'Success or Complimentary; another one is a status nobody has explained';
COMMENT ON COLUMN sold_orders.core_total IS 'rupees of the lines, before discount, tax and charges';
COMMENT ON COLUMN sold_orders.discount_total IS 'rupees taken off';
COMMENT ON COLUMN sold_orders.tax_total IS 'rupees of tax';
COMMENT ON COLUMN sold_orders.delivery_charges IS 'rupees';
COMMENT ON COLUMN sold_orders.packaging_charge IS 'rupees';
COMMENT ON COLUMN sold_orders.service_charge IS 'rupees';
COMMENT ON COLUMN sold_orders.round_off IS 'rupees added or taken off to make the total even';
COMMENT ON COLUMN sold_orders.total IS 'rupees the customer paid';

CREATE VIEW order_sums AS
SELECT o.order_id, o.business_date, o.core_total, s.lines, s.addons, s.lines_total, s.addons_once, s.addons_each,
       CASE
           WHEN s.addons_each = 0 OR abs(s.lines_total - o.core_total) <= s.tolerance THEN 'in_lines'
           WHEN abs(s.lines_total + s.addons_each - o.core_total) <= s.tolerance THEN 'on_top'
           WHEN abs(s.lines_total + s.addons_once - o.core_total) <= s.tolerance THEN 'on_top_once'
           ELSE 'in_lines'
       END AS addon_money,
       least(abs(s.lines_total - o.core_total), abs(s.lines_total + s.addons_each - o.core_total),
             abs(s.lines_total + s.addons_once - o.core_total)) <= s.tolerance AS adds_up
FROM orders o
JOIN (
    SELECT i.order_id, count(*) AS lines, coalesce(sum(a.addons), 0) AS addons, sum(i.total_price) AS lines_total,
           coalesce(sum(a.once), 0) AS addons_once, coalesce(sum(a.once * i.quantity), 0) AS addons_each,
           0.01 * (count(*) + coalesce(sum(a.addons), 0)) AS tolerance
    FROM order_items i
    LEFT JOIN LATERAL (
        SELECT count(*) AS addons, sum(x.price * x.quantity) AS once
        FROM order_item_addons x
        WHERE x.order_item_id = i.order_item_id
    ) a ON true
    GROUP BY i.order_id
) s ON s.order_id = o.order_id;
COMMENT ON VIEW order_sums IS 'The lines of each order added up beside its core_total, cancelled orders too; orders without a line are not in it.';
COMMENT ON COLUMN order_sums.order_id IS 'number of the order';
COMMENT ON COLUMN order_sums.business_date IS 'the operating day';
COMMENT ON COLUMN order_sums.core_total IS 'rupees of the lines as the bill says';
COMMENT ON COLUMN order_sums.lines IS 'lines of the bill';
COMMENT ON COLUMN order_sums.addons IS 'add-ons on them';
COMMENT ON COLUMN order_sums.lines_total IS 'rupees of the lines added up';
COMMENT ON COLUMN order_sums.addons_once IS 'rupees of the add-ons, price times quantity';
COMMENT ON COLUMN order_sums.addons_each IS 'rupees of the add-ons, price times quantity times the quantity of the line';
COMMENT ON COLUMN order_sums.addon_money IS 'where the add-ons'' rupees are: in_lines (in the lines'' prices), on_top (beside them, for each piece of the line), on_top_once (beside them, once a line)';
COMMENT ON COLUMN order_sums.adds_up IS 'one of these readings makes core_total, to a paisa a line';

CREATE VIEW unified_sales AS
SELECT CAST('item' AS text) AS sold_as, o.order_id, i.order_item_id, CAST(NULL AS integer) AS order_item_addon_id,
       o.restaurant_id, o.business_date, o.order_from, o.order_type, CAST(i.name_raw AS text) AS name_raw,
       i.menu_item_id, m.name AS menu_item, m.type AS item_type, i.variant_id, v.variant_name AS variant,
       i.quantity, i.total_price AS revenue, i.total_price AS amount, coalesce(i.discount_amount, 0) AS discount,
       coalesce(i.tax_amount, 0) AS tax, i.match_method, i.match_confidence
FROM sold_orders o
JOIN order_items i ON i.order_id = o.order_id
LEFT JOIN menu_items m ON m.menu_item_id = i.menu_item_id
LEFT JOIN variants v ON v.variant_id = i.variant_id
UNION ALL
SELECT 'addon', o.order_id, i.order_item_id, a.order_item_addon_id,
       o.restaurant_id, o.business_date, o.order_from, o.order_type, a.name_raw,
       a.menu_item_id, m.name, m.type, a.variant_id, v.variant_name,
       a.quantity * CASE s.addon_money WHEN 'on_top_once' THEN 1 ELSE i.quantity END,
       CAST(a.price * a.quantity * CASE s.addon_money WHEN 'on_top' THEN i.quantity WHEN 'on_top_once' THEN 1 ELSE 0 END
            AS numeric(10, 2)),
       CAST(a.price * a.quantity * CASE s.addon_money WHEN 'on_top_once' THEN 1 ELSE i.quantity END AS numeric(10, 2)),
       0, 0, a.match_method, a.match_confidence
FROM sold_orders o
JOIN order_items i ON i.order_id = o.order_id
JOIN order_item_addons a ON a.order_item_id = i.order_item_id
-- Most add-ons are free, on a line of one piece: where their money is makes no difference, and is not looked up.
CROSS JOIN LATERAL (
    SELECT CASE
               WHEN a.price > 0 OR i.quantity > 1
                   THEN (SELECT x.addon_money FROM order_sums x WHERE x.order_id = o.order_id)
               ELSE 'in_lines'
           END AS addon_money
    OFFSET 0
) s
LEFT JOIN menu_items m ON m.menu_item_id = a.menu_item_id
LEFT JOIN variants v ON v.variant_id = a.variant_id;
COMMENT ON VIEW unified_sales IS 'Everything sold, a row a line of a bill and a row an add-on of a line, because add-ons are menu items too.';
COMMENT ON COLUMN unified_sales.sold_as IS 'item (a line of the bill) or addon (added to a line)';
COMMENT ON COLUMN unified_sales.order_id IS 'number of the order';
COMMENT ON COLUMN unified_sales.order_item_id IS 'the line; of an add-on, the line it was added to';
COMMENT ON COLUMN unified_sales.order_item_addon_id IS 'the add-on; empty for a line';
COMMENT ON COLUMN unified_sales.restaurant_id IS 'the restaurant';
COMMENT ON COLUMN unified_sales.business_date IS 'the operating day';
COMMENT ON COLUMN unified_sales.order_from IS 'the channel: POS, Zomato, Swiggy ...';
COMMENT ON COLUMN unified_sales.order_type IS 'Delivery, Dine In, Pick Up';
COMMENT ON COLUMN unified_sales.name_raw IS 'the name as the bill writes it';
COMMENT ON COLUMN unified_sales.menu_item_id IS 'what it is on the menu; empty without a link';
COMMENT ON COLUMN unified_sales.menu_item IS 'its name on the menu';
COMMENT ON COLUMN unified_sales.item_type IS 'its type on the menu: Ice Cream, Dessert, Drinks, Extra ...';
COMMENT ON COLUMN unified_sales.variant_id IS 'its size';
COMMENT ON COLUMN unified_sales.variant IS 'name of the size';
COMMENT ON COLUMN unified_sales.quantity IS 'pieces; of an add-on its quantity times that of its line (not times, where addon_money is on_top_once)';
COMMENT ON COLUMN unified_sales.revenue IS 'rupees before discount and tax that no other row counts; of an add-on 0 unless it is on top of its line';
COMMENT ON COLUMN unified_sales.amount IS 'rupees before discount and tax the bill asks for it; those of an add-on are mostly in the revenue of its line';
COMMENT ON COLUMN unified_sales.discount IS 'rupees of the order''s discount that fell on the line; 0 for an add-on';
COMMENT ON COLUMN unified_sales.tax IS 'rupees of tax on the line; 0 for an add-on';
COMMENT ON COLUMN unified_sales.match_method IS 'how it was linked: exact, fuzzy, manual; empty without a link';
COMMENT ON COLUMN unified_sales.match_confidence IS '0-100: how sure the link is; without one, how near the best candidate came';

-- ---------------------------------------------------------------------------------------------------------------
-- Sales by day
-- ---------------------------------------------------------------------------------------------------------------

CREATE VIEW item_sales_by_day AS
SELECT business_date, menu_item_id, menu_item, item_type, variant_id, variant, sum(quantity) AS quantity,
       sum(revenue) AS revenue, sum(discount) AS discount, sum(tax) AS tax, count(DISTINCT order_id) AS orders
FROM unified_sales
WHERE sold_as = 'item'
GROUP BY business_date, menu_item_id, menu_item, item_type, variant_id, variant;
COMMENT ON VIEW item_sales_by_day IS 'Lines of bills a day, menu item and size. What has no link is one row a day without an item, so that the money adds up.';
COMMENT ON COLUMN item_sales_by_day.business_date IS 'the operating day';
COMMENT ON COLUMN item_sales_by_day.menu_item_id IS 'the menu item; empty for lines without a link';
COMMENT ON COLUMN item_sales_by_day.menu_item IS 'its name on the menu';
COMMENT ON COLUMN item_sales_by_day.item_type IS 'its type on the menu';
COMMENT ON COLUMN item_sales_by_day.variant_id IS 'its size';
COMMENT ON COLUMN item_sales_by_day.variant IS 'name of the size';
COMMENT ON COLUMN item_sales_by_day.quantity IS 'pieces sold';
COMMENT ON COLUMN item_sales_by_day.revenue IS 'rupees before discount and tax';
COMMENT ON COLUMN item_sales_by_day.discount IS 'rupees of the orders'' discounts that fell on these lines';
COMMENT ON COLUMN item_sales_by_day.tax IS 'rupees of tax on these lines';
COMMENT ON COLUMN item_sales_by_day.orders IS 'orders with such a line';

CREATE VIEW addon_sales_by_day AS
SELECT business_date, menu_item_id, menu_item, item_type, variant_id, variant, sum(quantity) AS quantity,
       sum(amount) AS amount, sum(revenue) AS revenue, count(DISTINCT order_item_id) AS lines,
       count(DISTINCT order_id) AS orders
FROM unified_sales
WHERE sold_as = 'addon'
GROUP BY business_date, menu_item_id, menu_item, item_type, variant_id, variant;
COMMENT ON VIEW addon_sales_by_day IS 'Add-ons a day, menu item and size. What has no link is one row a day without an item.';
COMMENT ON COLUMN addon_sales_by_day.business_date IS 'the operating day';
COMMENT ON COLUMN addon_sales_by_day.menu_item_id IS 'what the add-on is on the menu; empty for those without a link';
COMMENT ON COLUMN addon_sales_by_day.menu_item IS 'its name on the menu';
COMMENT ON COLUMN addon_sales_by_day.item_type IS 'its type on the menu, mostly Extra';
COMMENT ON COLUMN addon_sales_by_day.variant_id IS 'its size';
COMMENT ON COLUMN addon_sales_by_day.variant IS 'name of the size, mostly 1_PIECE';
COMMENT ON COLUMN addon_sales_by_day.quantity IS 'pieces: quantity of the add-on times quantity of its line';
COMMENT ON COLUMN addon_sales_by_day.amount IS 'rupees the bills ask for them; many are free';
COMMENT ON COLUMN addon_sales_by_day.revenue IS 'rupees of the amount that are not in the revenue of the lines';
COMMENT ON COLUMN addon_sales_by_day.lines IS 'lines it was added to';
COMMENT ON COLUMN addon_sales_by_day.orders IS 'orders it was added in';

CREATE VIEW menu_sales_by_day AS
SELECT business_date, menu_item_id, menu_item, item_type, variant_id, variant, sum(quantity) AS quantity,
       coalesce(sum(quantity) FILTER (WHERE sold_as = 'item'), 0) AS quantity_as_item,
       coalesce(sum(quantity) FILTER (WHERE sold_as = 'addon'), 0) AS quantity_as_addon,
       sum(amount) AS amount, count(DISTINCT order_id) AS orders
FROM unified_sales
WHERE menu_item_id IS NOT NULL
GROUP BY business_date, menu_item_id, menu_item, item_type, variant_id, variant;
COMMENT ON VIEW menu_sales_by_day IS 'How many waffle cones were sold? Both ways together: as a line of their own and as an add-on.';
COMMENT ON COLUMN menu_sales_by_day.business_date IS 'the operating day';
COMMENT ON COLUMN menu_sales_by_day.menu_item_id IS 'the menu item';
COMMENT ON COLUMN menu_sales_by_day.menu_item IS 'its name on the menu';
COMMENT ON COLUMN menu_sales_by_day.item_type IS 'its type on the menu';
COMMENT ON COLUMN menu_sales_by_day.variant_id IS 'its size';
COMMENT ON COLUMN menu_sales_by_day.variant IS 'name of the size';
COMMENT ON COLUMN menu_sales_by_day.quantity IS 'pieces sold in all';
COMMENT ON COLUMN menu_sales_by_day.quantity_as_item IS 'of them as a line of the bill';
COMMENT ON COLUMN menu_sales_by_day.quantity_as_addon IS 'of them added to a line';
COMMENT ON COLUMN menu_sales_by_day.amount IS 'rupees before discount and tax the bills ask for it, both ways together; as an add-on also in the amount of its line''s item';
COMMENT ON COLUMN menu_sales_by_day.orders IS 'orders that held it, either way';

CREATE VIEW addon_attach_rate AS
WITH lines AS NOT MATERIALIZED (
    SELECT CAST(date_trunc('month', o.business_date) AS date) AS month, m.type AS added_to, i.order_item_id
    FROM sold_orders o
    JOIN order_items i ON i.order_id = o.order_id
    JOIN menu_items m ON m.menu_item_id = i.menu_item_id
), attached AS (
    SELECT l.month, l.added_to, a.menu_item_id, a.variant_id, count(DISTINCT l.order_item_id) AS lines_with_addon
    FROM lines l
    JOIN order_item_addons a ON a.order_item_id = l.order_item_id
    WHERE a.menu_item_id IS NOT NULL
    GROUP BY l.month, l.added_to, a.menu_item_id, a.variant_id
)
SELECT a.month, a.menu_item_id, m.name AS addon, v.variant_name AS variant, a.added_to, t.lines, a.lines_with_addon,
       round(CAST(a.lines_with_addon AS numeric) / t.lines, 4) AS attach_rate
FROM attached a
JOIN (SELECT month, added_to, count(*) AS lines FROM lines GROUP BY month, added_to) t
  ON t.month = a.month AND t.added_to = a.added_to
JOIN menu_items m ON m.menu_item_id = a.menu_item_id
LEFT JOIN variants v ON v.variant_id = a.variant_id;
COMMENT ON VIEW addon_attach_rate IS 'How often an add-on goes with the items of a type, a month. Only lines and add-ons with a link are counted.';
COMMENT ON COLUMN addon_attach_rate.month IS 'first day of the month';
COMMENT ON COLUMN addon_attach_rate.menu_item_id IS 'the add-on on the menu';
COMMENT ON COLUMN addon_attach_rate.addon IS 'its name on the menu';
COMMENT ON COLUMN addon_attach_rate.variant IS 'its size';
COMMENT ON COLUMN addon_attach_rate.added_to IS 'type of the items it was added to';
COMMENT ON COLUMN addon_attach_rate.lines IS 'lines of that type in the month';
COMMENT ON COLUMN addon_attach_rate.lines_with_addon IS 'lines of them with the add-on';
COMMENT ON COLUMN addon_attach_rate.attach_rate IS 'lines_with_addon / lines, 0 to 1';

CREATE VIEW revenue_by_channel AS
SELECT business_date, coalesce(order_from, 'unknown') AS order_from, coalesce(order_type, 'unknown') AS order_type,
       count(*) AS orders, sum(core_total) AS gross, sum(discount_total) AS discount,
       sum(core_total - discount_total) AS net, sum(tax_total) AS tax,
       sum(delivery_charges + packaging_charge + service_charge) AS charges, sum(round_off) AS round_off,
       sum(total) AS total, round(avg(total), 2) AS average_order
FROM sold_orders
GROUP BY business_date, coalesce(order_from, 'unknown'), coalesce(order_type, 'unknown');
COMMENT ON VIEW revenue_by_channel IS 'Orders and money a day, channel and kind of order, from the totals of the bills.';
COMMENT ON COLUMN revenue_by_channel.business_date IS 'the operating day';
COMMENT ON COLUMN revenue_by_channel.order_from IS 'the channel: POS, Zomato, Swiggy ...; unknown when the bill has none';
COMMENT ON COLUMN revenue_by_channel.order_type IS 'Delivery, Dine In, Pick Up; unknown when the bill has none';
COMMENT ON COLUMN revenue_by_channel.orders IS 'orders that were not cancelled';
COMMENT ON COLUMN revenue_by_channel.gross IS 'rupees of the lines, before discount, tax and charges';
COMMENT ON COLUMN revenue_by_channel.discount IS 'rupees taken off';
COMMENT ON COLUMN revenue_by_channel.net IS 'rupees: gross less discount';
COMMENT ON COLUMN revenue_by_channel.tax IS 'rupees of tax';
COMMENT ON COLUMN revenue_by_channel.charges IS 'rupees for delivery, packaging and service';
COMMENT ON COLUMN revenue_by_channel.round_off IS 'rupees added or taken off to make totals even';
COMMENT ON COLUMN revenue_by_channel.total IS 'rupees the customers paid: net + tax + charges + round_off';
COMMENT ON COLUMN revenue_by_channel.average_order IS 'rupees: total / orders';

-- ---------------------------------------------------------------------------------------------------------------
-- What has no link to the menu
-- ---------------------------------------------------------------------------------------------------------------

CREATE VIEW unmatched_lines AS
SELECT sold_as, order_id, order_item_id, order_item_addon_id, business_date, order_from, order_type, name_raw,
       quantity, revenue, match_confidence
FROM unified_sales
WHERE menu_item_id IS NULL;
COMMENT ON VIEW unmatched_lines IS 'Lines and add-ons without a link to the menu, also those a person said are no item of it.';
COMMENT ON COLUMN unmatched_lines.sold_as IS 'item or addon';
COMMENT ON COLUMN unmatched_lines.order_id IS 'number of the order';
COMMENT ON COLUMN unmatched_lines.order_item_id IS 'the line; of an add-on, the line it was added to';
COMMENT ON COLUMN unmatched_lines.order_item_addon_id IS 'the add-on; empty for a line';
COMMENT ON COLUMN unmatched_lines.business_date IS 'the operating day';
COMMENT ON COLUMN unmatched_lines.order_from IS 'the channel';
COMMENT ON COLUMN unmatched_lines.order_type IS 'Delivery, Dine In, Pick Up';
COMMENT ON COLUMN unmatched_lines.name_raw IS 'the name as the bill writes it';
COMMENT ON COLUMN unmatched_lines.quantity IS 'pieces';
COMMENT ON COLUMN unmatched_lines.revenue IS 'rupees before discount and tax';
COMMENT ON COLUMN unmatched_lines.match_confidence IS 'how near the best candidate came; empty when there was none';

CREATE VIEW unmatched_revenue AS
SELECT u.name_raw, count(*) AS lines, sum(u.quantity) AS quantity, sum(u.revenue) AS revenue,
       round(coalesce(sum(u.revenue) / nullif((SELECT sum(core_total) FROM sold_orders), 0), 0), 6) AS share,
       min(u.business_date) AS first_seen, max(u.business_date) AS last_seen,
       EXISTS (
           SELECT FROM item_aliases a
           WHERE a.raw_name = u.name_raw AND a.replaced_at IS NULL AND a.menu_item_id IS NULL
       ) AS is_no_item
FROM unmatched_lines u
GROUP BY u.name_raw;
COMMENT ON VIEW unmatched_revenue IS 'Names without a link and the money behind them: the dearest first is the order to review them in.';
COMMENT ON COLUMN unmatched_revenue.name_raw IS 'the name as the bills write it';
COMMENT ON COLUMN unmatched_revenue.lines IS 'lines and add-ons of that name';
COMMENT ON COLUMN unmatched_revenue.quantity IS 'pieces';
COMMENT ON COLUMN unmatched_revenue.revenue IS 'rupees before discount and tax';
COMMENT ON COLUMN unmatched_revenue.share IS 'of the core totals of all bills, 0 to 1';
COMMENT ON COLUMN unmatched_revenue.first_seen IS 'first operating day';
COMMENT ON COLUMN unmatched_revenue.last_seen IS 'newest operating day';
COMMENT ON COLUMN unmatched_revenue.is_no_item IS 'a person decided that this name is nothing of the menu';
