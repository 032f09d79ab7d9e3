-- The customers that were made of leads, and were not customers already, in the order they were made.
SELECT coalesce(e.provider_id, '') AS number, e.payload, made.at
FROM effects e
CROSS JOIN LATERAL (
    SELECT at, detail FROM effect_events WHERE effect_id = e.effect_id AND event = 'sent' ORDER BY event_id DESC LIMIT 1
) made
WHERE e.kind = 'customer' AND e.status = 'sent' AND e.is_sandbox = :is_sandbox AND made.detail IS DISTINCT FROM :already
ORDER BY made.at, e.effect_id
