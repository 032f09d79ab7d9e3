-- The effect each new one waits for: of this plan or recorded before, in the sandbox where its own kind is in it.
UPDATE effects AS waiting
SET after_id = first.effect_id
FROM effect_stage AS staged, effects AS first
WHERE waiting.key = staged.key AND waiting.is_sandbox = staged.is_sandbox AND staged.after_key IS NOT NULL
  AND waiting.after_id IS NULL AND waiting.key = ANY(:keys)
  AND first.key = staged.after_key AND first.is_sandbox = (first.kind = ANY(:sandbox_kinds))
