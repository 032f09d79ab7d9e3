-- The effects of a held plan.
SELECT effect_id, key, kind, status FROM effects WHERE batch_id = :batch_id AND status = 'held' ORDER BY effect_id
