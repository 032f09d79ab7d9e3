-- Whether copies were put into this folder before.
SELECT EXISTS (SELECT FROM retail.backup_copies WHERE dst = :dst AND status <> 'failed') AS known
