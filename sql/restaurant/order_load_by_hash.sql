SELECT * FROM order_loads WHERE file_sha256 = :sha256 AND status = 'loaded'
