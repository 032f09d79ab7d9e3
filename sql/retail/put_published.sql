-- What became of a file.
UPDATE published_files SET status = :status, detail = :detail WHERE published_id = :published_id
