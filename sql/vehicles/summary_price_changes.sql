-- The largest price changes of the newest scan day.
SELECT h.dealership_name AS dealership, h.vin, before.last_price::float8 AS before, h.last_price::float8 AS now,
       (h.last_price - before.last_price)::float8 AS change
FROM vin_history h
JOIN LATERAL (
    SELECT p.last_price FROM vin_history p
    WHERE p.dealership_name = h.dealership_name AND p.vin = h.vin AND p.scan_date < h.scan_date
    ORDER BY p.scan_date DESC
    LIMIT 1
) before ON true
WHERE h.scan_date = newest_scan_date() AND h.last_price <> before.last_price
ORDER BY abs(h.last_price - before.last_price) DESC, h.vin
LIMIT :limit
