-- Orders of these days whose total is not what its parts make.
SELECT o.business_date, o.petpooja_order_id AS order, o.order_status AS status, o.total, p.parts,
       o.total - p.parts AS difference
FROM orders o
CROSS JOIN LATERAL (
    SELECT o.core_total + o.tax_total - o.discount_total + o.delivery_charges + o.packaging_charge + o.service_charge
           + o.round_off AS parts
) p
WHERE o.business_date = ANY(CAST(:days AS date[])) AND abs(o.total - p.parts) > 0.01
ORDER BY abs(o.total - p.parts) DESC, o.order_id
