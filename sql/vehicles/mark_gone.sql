-- A car is gone since the first accepted scan of its dealership that came after its last sighting and lacks it.
-- Held scans do not count: a feed that lost half its cars is more likely broken than sold out.
-- The newest scan of each dealership is found first, so that the inventory is read once whatever the planner knows of
-- tables that were filled a moment ago (a self-join here took minutes at 100,000 cars).
WITH newest AS MATERIALIZED (
    SELECT dealership_name, max(scan_date) AS scan_date
    FROM location_scans
    WHERE dealership_name = ANY(:locations) AND status = 'accepted'
    GROUP BY dealership_name
)
UPDATE normalized_vehicle_data AS n
SET eligible = false,
    (gone_date, ineligible_reason) = (
        SELECT min(l.scan_date), 'gone: not in the scan of ' || to_char(min(l.scan_date), 'YYYY-MM-DD')
        FROM location_scans l
        WHERE l.dealership_name = n.location AND l.status = 'accepted' AND l.scan_date > n.last_seen_date
    )
FROM newest
WHERE newest.dealership_name = n.location AND n.gone_date IS NULL AND n.last_seen_date < newest.scan_date
