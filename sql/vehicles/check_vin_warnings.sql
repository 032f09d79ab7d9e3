-- What is odd about the VINs on hand.
SELECT w.warning, count(*) AS cars, min(n.vin) AS example
FROM normalized_vehicle_data n
CROSS JOIN LATERAL unnest(n.vin_warnings) AS w (warning)
WHERE n.gone_date IS NULL
GROUP BY w.warning
ORDER BY count(*) DESC
