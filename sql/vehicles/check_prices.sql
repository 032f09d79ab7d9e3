-- Prices of each dealership's newest accepted scan day beside those of the one before.
WITH days AS (
    SELECT dealership_name, scan_date,
           row_number() OVER (PARTITION BY dealership_name ORDER BY scan_date DESC) AS nth
    FROM (SELECT DISTINCT dealership_name, scan_date FROM location_scans WHERE status = 'accepted') d
), prices AS (
    SELECT d.dealership_name, d.nth, d.scan_date, count(*) AS cars, count(h.last_price) AS priced,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY h.last_price::float8) AS median
    FROM days d
    JOIN vin_history h ON h.dealership_name = d.dealership_name AND h.scan_date = d.scan_date
    WHERE d.nth <= 2
    GROUP BY d.dealership_name, d.nth, d.scan_date
)
SELECT n.dealership_name AS dealership, n.scan_date, n.cars, n.priced, n.median,
       b.cars AS cars_before, b.priced AS priced_before, b.median AS median_before
FROM prices n
LEFT JOIN prices b ON b.dealership_name = n.dealership_name AND b.nth = 2
WHERE n.nth = 1
ORDER BY n.dealership_name
