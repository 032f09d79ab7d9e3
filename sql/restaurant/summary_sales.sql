-- Orders that count, and what their bills make before discount and tax.
SELECT count(*) AS orders, coalesce(sum(core_total), 0) AS rupees FROM sold_orders
