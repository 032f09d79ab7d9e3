-- Lines that were good in between and are bad again.
UPDATE order_rejects AS r SET resolved_at = NULL
FROM stage_rejects s
WHERE r.digest = s.digest AND s.is_line AND NOT s.is_past AND r.resolved_at IS NOT NULL
