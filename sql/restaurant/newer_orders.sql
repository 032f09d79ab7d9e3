-- Orders that may be a newer, good event of something that was just refused.
SELECT r.petpooja_restid, o.petpooja_order_id, o.created_on, o.occurred_at, o.stream_id
FROM orders o JOIN restaurants r USING (restaurant_id)
WHERE o.business_date = ANY(:days) AND o.petpooja_order_id = ANY(:numbers) AND o.stream_id IS NOT NULL
