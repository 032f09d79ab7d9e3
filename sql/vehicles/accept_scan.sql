-- A person says: the smaller feed is right.
UPDATE location_scans SET status = 'accepted'
WHERE dealership_name = :dealership AND status = 'held'
