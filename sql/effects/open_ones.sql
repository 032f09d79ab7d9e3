-- Effects somebody should look at: unknown, failed, or due for long and not done; the oldest first.
SELECT effect_id, key, kind, automation, target, status, reason, due_at, changed_at, attempt
FROM effects
WHERE is_sandbox = (kind = ANY(:sandbox_kinds)) AND status = ANY(:statuses)
  AND (status NOT IN ('planned', 'claimed') OR next_try_at < :due_before)
ORDER BY effect_id
LIMIT :most
