-- The unknown effect that may be looked up now and waited longest; for the length of a lease nobody else asks.
-- A look counts from its beginning: one that ends its worker each time must come to an end. The claim stays: should its
-- worker live after all, it knows best.
WITH picked AS (
    SELECT effect_id FROM effects
    WHERE kind = :kind AND is_sandbox = :is_sandbox AND status = 'unknown' AND lease_until < clock_timestamp()
      AND (looks < :most_looks OR CAST(:keys AS text[]) IS NOT NULL)
      AND (CAST(:automations AS text[]) IS NULL OR automation = ANY(CAST(:automations AS text[])))
      AND (CAST(:keys AS text[]) IS NULL OR key = ANY(CAST(:keys AS text[])))
    ORDER BY lease_until, effect_id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE effects
SET looks = looks + 1, lease_until = clock_timestamp() + :seconds * interval '1 second'
FROM picked
WHERE effects.effect_id = picked.effect_id
RETURNING
    effects.effect_id, effects.key, effects.kind, effects.automation, effects.target, effects.payload,
    effects.is_sandbox, effects.content, effects.attempt, effects.due_at, effects.not_after, effects.created_at,
    effects.label, effects.claim, effects.claimed_at, clock_timestamp() AS now, effects.looks
