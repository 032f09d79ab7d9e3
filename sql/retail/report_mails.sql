-- The newest mails of a report as they were rendered.
SELECT key, content FROM effects
WHERE automation = :automation AND kind = 'email' AND is_sandbox = :is_sandbox AND content IS NOT NULL
  AND starts_with(key COLLATE "C", 'report/')
ORDER BY effect_id DESC
LIMIT 7
