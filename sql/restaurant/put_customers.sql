-- Customers of the staged orders, as far as the settings keep them. A name once known stays.
INSERT INTO customers (identity, name, phone)
SELECT s.customer_identity, max(s.customer_name), max(s.customer_phone)
FROM stage_orders s
LEFT JOIN customers c ON c.identity = s.customer_identity
WHERE s.customer_identity IS NOT NULL
  AND (c.customer_id IS NULL
       OR c.name IS NULL AND s.customer_name IS NOT NULL
       OR c.phone IS NULL AND s.customer_phone IS NOT NULL)
GROUP BY s.customer_identity
ON CONFLICT (identity) DO UPDATE
SET name = coalesce(customers.name, EXCLUDED.name), phone = coalesce(customers.phone, EXCLUDED.phone)
