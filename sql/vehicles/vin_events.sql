-- Everything that happened to one car, with its price of the day.
SELECT e.event_date, e.event, e.dealership_name, h.first_price, h.last_price, h.vehicle_type
FROM vin_events e
LEFT JOIN vin_history h
  ON h.vin = e.vin AND h.dealership_name = e.dealership_name AND h.scan_date = e.event_date
WHERE e.vin = :vin
ORDER BY e.event_date, e.dealership_name, e.event
