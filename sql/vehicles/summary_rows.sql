-- How many rows the tables of an import hold.
SELECT (SELECT count(*) FROM raw_vehicle_data) AS raw,
       (SELECT count(*) FROM normalized_vehicle_data WHERE gone_date IS NULL) AS on_hand,
       (SELECT count(*) FROM normalized_vehicle_data) AS normalized,
       (SELECT count(*) FROM vin_history) AS history,
       newest_scan_date() AS newest_scan
