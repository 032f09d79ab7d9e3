-- A phone may be texted again. reasons: which are lifted, what the carrier or a person said may stand. is_sandbox: what
-- was said there, NULL: everywhere.
UPDATE text_suppressions
SET lifted_at = clock_timestamp(), lifted_because = :because
WHERE digits = :digits AND lifted_at IS NULL AND reason = ANY(CAST(:reasons AS text[]))
  AND (CAST(:is_sandbox AS boolean) IS NULL OR is_sandbox = :is_sandbox)
