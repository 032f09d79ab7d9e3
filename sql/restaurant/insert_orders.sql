INSERT INTO orders (
    order_id, petpooja_order_id, stream_id, event_id, aggregate_id, restaurant_id, customer_id, occurred_at,
    created_on, business_date, order_type, order_from, sub_order_type, order_from_id, payment_type, order_status,
    biller, assignee, table_no, token_no, no_of_persons, customer_invoice_id, core_total, tax_total, discount_total,
    delivery_charges, packaging_charge, service_charge, round_off, total, comment, raw, load_id
)
SELECT
    order_id, petpooja_order_id, stream_id, event_id, aggregate_id, restaurant_id, customer_id, occurred_at,
    created_on, business_date, order_type, order_from, sub_order_type, order_from_id, payment_type, order_status,
    biller, assignee, table_no, token_no, no_of_persons, customer_invoice_id, core_total, tax_total, discount_total,
    delivery_charges, packaging_charge, service_charge, round_off, total, comment, raw, :load_id
FROM stage_orders JOIN stage_raws USING (order_no)
WHERE action = 'new'
ORDER BY order_no
