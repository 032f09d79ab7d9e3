-- Orders of these days whose lines do not make core_total, however their add-ons are read.
SELECT o.business_date, o.petpooja_order_id AS order, o.order_status AS status, s.lines, s.addons, s.core_total,
       s.lines_total, s.addons_each AS addons_total
FROM orders o
-- Order by order: the view would else add up every order there ever was.
CROSS JOIN LATERAL (SELECT * FROM order_sums x WHERE x.order_id = o.order_id OFFSET 0) s
WHERE o.business_date = ANY(CAST(:days AS date[])) AND NOT s.adds_up
ORDER BY abs(s.core_total - s.lines_total) DESC, s.order_id
