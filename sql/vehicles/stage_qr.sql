CREATE TEMP TABLE stage_qr (
    vin text, dealership_name text, file_exists boolean, file_size integer, payload text, payload_hash text, look text,
    file_sha256 text, file_mtime_ns bigint
) ON COMMIT DROP
