-- Everything that happened to the effects of a key, in the sandbox and live.
SELECT effect_id, at, event, detail, attempt, who, run_id
FROM effect_events
WHERE effect_id = ANY(:ids)
ORDER BY event_id
