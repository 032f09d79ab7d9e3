-- Every text that was planned for a customer, the newest first, with its words and what became of it.
SELECT
    e.created_at, e.payload->>'campaign' AS campaign, e.status, e.reason, e.payload->>'body' AS body, e.target,
    m.status AS delivery, m.code, e.claimed_at, e.key, e.is_sandbox
FROM effects e
LEFT JOIN text_messages m ON m.effect_id = e.effect_id
WHERE e.kind = 'text' AND e.payload->>'cust_no' = :cust_no
ORDER BY e.effect_id DESC
LIMIT :most
