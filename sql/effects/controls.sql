-- What people decided about kinds of effects; of each control the newest decision counts.
SELECT DISTINCT ON (kind, control) kind, control, is_paused, daily_budget, why, who, at
FROM effect_controls
ORDER BY kind, control, control_id DESC
