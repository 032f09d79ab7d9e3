-- A phone gets no text from now on; nothing when that is known already.
INSERT INTO text_suppressions (digits, reason, is_sandbox, detail)
VALUES (:digits, :reason, :is_sandbox, :detail)
ON CONFLICT (digits, reason, is_sandbox) WHERE lifted_at IS NULL DO NOTHING
