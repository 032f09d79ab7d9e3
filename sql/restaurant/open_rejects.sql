SELECT reject_id, petpooja_order_id, digest, stream_id, entity <> 'order' AS is_line
FROM order_rejects
WHERE resolved_at IS NULL AND petpooja_order_id = ANY(:numbers)
