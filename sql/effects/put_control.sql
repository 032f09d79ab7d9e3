-- A person's decision.
INSERT INTO effect_controls (kind, control, is_paused, daily_budget, why, who)
VALUES (:kind, :control, CAST(:is_paused AS boolean), CAST(:daily_budget AS integer), :why, :who)
