-- Effects for a person, the newest first.
SELECT effect_id, key, kind, automation, target, label, wanted_because, status, reason, due_at, not_after, next_try_at,
       attempt, provider_id, is_sandbox, batch_id, created_at, changed_at,
       coalesce(not_after < clock_timestamp(), false) AS is_late
FROM effects
WHERE (CAST(:statuses AS text[]) IS NULL OR status = ANY(CAST(:statuses AS text[])))
  AND (CAST(:kind AS text) IS NULL OR kind = CAST(:kind AS text))
  AND (CAST(:automation AS text) IS NULL OR automation = CAST(:automation AS text))
  AND (CAST(:keys AS text[]) IS NULL OR key = ANY(CAST(:keys AS text[])))
  AND (CAST(:batch_id AS bigint) IS NULL OR batch_id = CAST(:batch_id AS bigint))
ORDER BY effect_id DESC
LIMIT :most
