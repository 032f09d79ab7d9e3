-- Phones that get no text now, of those asked for (NULL: all), with the first reason by when it came. What was said in
-- the sandbox counts there only, what was said in earnest everywhere.
SELECT DISTINCT ON (digits) digits, reason, at
FROM text_suppressions
WHERE lifted_at IS NULL AND (CAST(:digits AS text[]) IS NULL OR digits = ANY(CAST(:digits AS text[])))
  AND (NOT is_sandbox OR :is_sandbox)
ORDER BY digits, at
