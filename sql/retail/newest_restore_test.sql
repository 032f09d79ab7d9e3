-- When the database's copy was last restored to try it, by the moment its run worked for.
SELECT max(as_of) AS tried_at FROM retail.backup_copies WHERE name = 'database' AND restored_at IS NOT NULL
