-- Cars on hand, a row an active dealership.
SELECT d.name AS dealership,
       count(n.vin) AS cars,
       count(*) FILTER (WHERE n.eligible) AS eligible,
       count(*) FILTER (WHERE n.vehicle_condition = 'new') AS new,
       count(*) FILTER (WHERE n.vehicle_condition = 'cpo') AS certified,
       count(*) FILTER (WHERE n.vehicle_condition = 'po') AS used,
       count(n.price) AS priced,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY n.price::float8) AS median_price,
       max(n.last_seen_date) AS newest_scan
FROM dealership_configs d
LEFT JOIN normalized_vehicle_data n ON n.location = d.name AND n.gone_date IS NULL
WHERE d.is_active
GROUP BY d.name
ORDER BY d.name
