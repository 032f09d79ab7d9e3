SELECT newest_scan_date() AS day
