-- When the newest order happened: by its event, else by its bill.
SELECT max(coalesce(occurred_at, created_on)) AS newest FROM orders
