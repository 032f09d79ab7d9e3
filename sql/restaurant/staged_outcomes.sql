-- What became of the staged orders, and which event of the stream each puts out of force.
SELECT order_no, action, CASE WHEN stream_id <> old_stream_id THEN old_stream_id END AS replaced
FROM stage_orders
WHERE action <> 'later'
