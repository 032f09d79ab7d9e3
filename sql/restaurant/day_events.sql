-- The kept events of an operating day, in the order they were stored.
SELECT raw FROM orders WHERE business_date = :day ORDER BY order_id
