-- The newest good copy of each name, and what became of the newest try.
SELECT DISTINCT ON (t.name)
    t.name, t.source, t.dst, t.status, t.detail, t.files, t.bytes, t.as_of, t.created_at,
    good.as_of AS good_as_of, good.created_at AS good_at, tested.restored_at, tested.restore_error
FROM retail.backup_copies t
LEFT JOIN LATERAL (
    SELECT g.as_of, g.created_at FROM retail.backup_copies g
    WHERE g.name = t.name AND g.dst = t.dst AND g.status IN ('ok', 'unchanged') ORDER BY g.created_at DESC LIMIT 1
) good ON true
LEFT JOIN LATERAL (
    SELECT r.restored_at, r.restore_error FROM retail.backup_copies r
    WHERE r.name = t.name AND (r.restored_at IS NOT NULL OR r.restore_error IS NOT NULL)
    ORDER BY r.created_at DESC LIMIT 1
) tested ON true
ORDER BY t.name, t.created_at DESC, t.copy_id DESC
