-- The oldest due effects nobody else is picking. automations: whose may be delivered, NULL all; keys: only these.
SELECT
    e.effect_id, e.key, e.kind, e.automation, e.target, e.payload, e.is_sandbox, e.content, e.attempt, e.due_at,
    e.not_after, e.created_at, e.label
FROM effects AS e
WHERE e.kind = :kind AND e.is_sandbox = :is_sandbox AND e.status = 'planned' AND e.next_try_at <= clock_timestamp()
  AND (e.not_after IS NULL OR e.not_after >= clock_timestamp())
  -- No EXISTS: the planner may answer it by reading all that was ever sent.
  AND (e.after_id IS NULL OR (SELECT first.status FROM effects AS first WHERE first.effect_id = e.after_id) = 'sent')
  AND (CAST(:automations AS text[]) IS NULL OR e.automation = ANY(CAST(:automations AS text[])))
  AND (CAST(:keys AS text[]) IS NULL OR e.key = ANY(CAST(:keys AS text[])))
ORDER BY e.next_try_at, e.effect_id
LIMIT :most
FOR UPDATE OF e SKIP LOCKED
