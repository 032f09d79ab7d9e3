-- Somebody waits for an item; who waits for it already does not wait twice.
INSERT INTO stock_requests (requested_at, email, item_no) VALUES (:requested_at, :email, :item_no)
ON CONFLICT DO NOTHING
