-- Ids for the rows of one file, so that its cars can name their raw row without a join. Returns the first one.
SELECT setval(pg_get_serial_sequence('raw_vehicle_data', 'id'),
              nextval(pg_get_serial_sequence('raw_vehicle_data', 'id')) + :rows) - :rows
