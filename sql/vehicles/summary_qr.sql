-- QR files per active dealership, with the folder as people write it.
SELECT dealership_name AS dealership, total_vehicles AS cars, existing_qr_files AS files, missing_qr_files AS missing,
       qr_completion_percentage::float8 AS percent, last_qr_verification AS last_verified, qr_output_path AS folder
FROM dealership_qr_status
ORDER BY dealership_name
