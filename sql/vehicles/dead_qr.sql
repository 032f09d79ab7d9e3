SELECT vin, dealership_name, qr_file_path, stock, year, make, model, last_seen_date, gone_date
FROM dead_qr_codes
ORDER BY gone_date DESC, dealership_name, vin
