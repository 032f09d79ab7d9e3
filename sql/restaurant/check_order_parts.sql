-- Orders of these days whose taxes or discounts do not make the order's own total of them.
SELECT o.business_date, o.petpooja_order_id AS order, t.what, t.total, t.lines_total, t.lines
FROM orders o
CROSS JOIN LATERAL (
    SELECT 'tax' AS what, o.tax_total AS total, coalesce(sum(x.tax_amount), 0) AS lines_total, count(*) AS lines
    FROM order_taxes x WHERE x.order_id = o.order_id
    UNION ALL
    SELECT 'discount', o.discount_total, coalesce(sum(d.discount_amount), 0), count(*)
    FROM order_discounts d WHERE d.order_id = o.order_id
) t
WHERE o.business_date = ANY(CAST(:days AS date[])) AND abs(t.total - t.lines_total) > 0.01 * greatest(t.lines, 1)
ORDER BY abs(t.total - t.lines_total) DESC, o.order_id
