-- Effects whose keys begin so, with where they stand. sandbox_kinds: kinds whose system is the sandbox now.
SELECT key, status, provider_id, changed_at
FROM effects
WHERE starts_with(key, :prefix) AND is_sandbox = (kind = ANY(:sandbox_kinds)) AND status <> 'dropped'
ORDER BY effect_id
