-- A phone gets no text from now on; nothing when that is known already. at: when it was said, NULL: now.
INSERT INTO text_suppressions (digits, reason, is_sandbox, detail, at)
VALUES (:digits, :reason, :is_sandbox, :detail, coalesce(CAST(:at AS timestamptz), clock_timestamp()))
ON CONFLICT (digits, reason, is_sandbox) WHERE lifted_at IS NULL DO NOTHING
