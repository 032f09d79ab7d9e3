-- Phones that turned out to be no mobile phones. is_sandbox: also those of the sandbox, which invents it.
SELECT DISTINCT ON (digits) digits, detail, at
FROM text_suppressions
WHERE reason = 'not_textable' AND lifted_at IS NULL AND (NOT is_sandbox OR :is_sandbox)
ORDER BY digits, at
