UPDATE retail.backup_copies
SET restored_at = CASE WHEN CAST(:error AS text) IS NULL THEN clock_timestamp() END, restore_error = :error
WHERE copy_id = :copy_id
