-- What people decided about a kind of effects, and about all.
SELECT DISTINCT ON (kind, control) kind, control, is_paused, daily_budget, why, who, at
FROM effect_controls
WHERE kind IN (:kind, 'all')
ORDER BY kind, control, control_id DESC
