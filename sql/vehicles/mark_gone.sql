-- A car is gone since the first accepted scan of its dealership that came after its last sighting and lacks it.
-- Held scans do not count: a feed that lost half its cars is more likely broken than sold out.
UPDATE normalized_vehicle_data AS n
SET gone_date = g.gone_date, eligible = false,
    ineligible_reason = 'gone: not in the scan of ' || to_char(g.gone_date, 'YYYY-MM-DD')
FROM (
    SELECT c.id, min(l.scan_date) AS gone_date
    FROM normalized_vehicle_data c
    JOIN location_scans l
      ON l.dealership_name = c.location AND l.status = 'accepted' AND l.scan_date > c.last_seen_date
    WHERE c.location = ANY(:locations) AND c.gone_date IS NULL
    GROUP BY c.id
) AS g
WHERE n.id = g.id
