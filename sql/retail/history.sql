-- Every change the platform made or tried, the newest first.
SELECT c.batch_id, b.automation, c.target, c.key, c.label, c.field, c.old, c.new, c.reason, c.status, c.detail,
       coalesce(c.applied_at, b.created_at) AS at, b.status AS batch_status
FROM changes c
JOIN change_batches b ON b.batch_id = c.batch_id
WHERE (CAST(:automation AS text) IS NULL OR b.automation = :automation)
  AND (CAST(:key AS text) IS NULL OR c.key = :key OR strpos(lower(c.label), lower(CAST(:key AS text))) > 0)
ORDER BY c.change_id DESC
LIMIT :limit
