-- Only cars whose verdict changed are written.
UPDATE normalized_vehicle_data AS n
SET eligible = e.reason IS NULL, ineligible_reason = e.reason
FROM unnest(CAST(:vins AS text[]), CAST(:locations AS text[]), CAST(:reasons AS text[])) AS e (vin, location, reason)
WHERE n.vin = e.vin AND n.location = e.location AND n.ineligible_reason IS DISTINCT FROM e.reason
