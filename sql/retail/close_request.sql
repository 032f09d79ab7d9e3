-- A request of the form is over: its mail is out, or it was given up. One that came later is another.
UPDATE stock_requests
SET closed_at = clock_timestamp(), closed_because = :because
WHERE email = :email AND item_no = :item_no AND requested_at <= :until AND closed_at IS NULL
