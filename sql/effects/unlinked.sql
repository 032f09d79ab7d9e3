-- New effects that wait for one nobody recorded.
SELECT waiting.key, waiting.after_key
FROM effects AS waiting
INNER JOIN effect_stage AS staged ON staged.key = waiting.key AND staged.is_sandbox = waiting.is_sandbox
WHERE waiting.after_key IS NOT NULL AND waiting.after_id IS NULL AND waiting.key = ANY(:keys)
ORDER BY waiting.effect_id
LIMIT 1
