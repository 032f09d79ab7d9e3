-- Keys with a beginning, and what became of them.
SELECT key, kind, status, reason, provider_id, due_at, created_at, changed_at
FROM effects
WHERE is_sandbox = (kind = ANY(:sandbox_kinds)) AND starts_with(key COLLATE "C", :prefix) AND status <> 'dropped'
ORDER BY effect_id
