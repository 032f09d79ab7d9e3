-- Who waits for an item, by the form.
SELECT requested_at, email, item_no
FROM stock_requests
WHERE closed_at IS NULL
ORDER BY requested_at, request_id
