-- A newer event takes the order over. An event without ids of its own leaves those that are known: they say which
-- events of the stream are older.
UPDATE orders AS o
SET stream_id = coalesce(s.stream_id, o.stream_id), event_id = coalesce(s.event_id, o.event_id),
    aggregate_id = coalesce(s.aggregate_id, o.aggregate_id), occurred_at = coalesce(s.occurred_at, o.occurred_at),
    restaurant_id = s.restaurant_id, customer_id = s.customer_id, petpooja_order_id = s.petpooja_order_id,
    created_on = s.created_on, business_date = s.business_date, order_type = s.order_type,
    order_from = s.order_from, sub_order_type = s.sub_order_type, order_from_id = s.order_from_id,
    payment_type = s.payment_type, order_status = s.order_status, biller = s.biller, assignee = s.assignee,
    table_no = s.table_no, token_no = s.token_no, no_of_persons = s.no_of_persons,
    customer_invoice_id = s.customer_invoice_id, core_total = s.core_total, tax_total = s.tax_total,
    discount_total = s.discount_total, delivery_charges = s.delivery_charges, packaging_charge = s.packaging_charge,
    service_charge = s.service_charge, round_off = s.round_off, total = s.total, comment = s.comment, raw = r.raw,
    load_id = :load_id, updated_at = now()
FROM stage_orders s JOIN stage_raws r ON r.order_no = s.order_no
WHERE s.order_id = o.order_id AND s.action = 'changed'
