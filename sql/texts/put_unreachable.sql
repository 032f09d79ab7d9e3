-- Phones that texts cannot reach, of those just told about: a landline (30006) at once; unknown to the carrier (30005)
-- the second time. A phone that was off (30003) stays. What was lifted counts from then on anew.
INSERT INTO text_suppressions (digits, reason, is_sandbox, detail)
SELECT m.digits, 'not_textable', m.is_sandbox, 'Twilio ' || max(m.code)
FROM text_messages m
WHERE m.code IN (30005, 30006) AND m.digits ~ '^[0-9]{10}$' AND m.is_sandbox = :is_sandbox
  AND m.digits IN (SELECT heard.digits FROM text_messages heard INNER JOIN told t ON t.sid = heard.sid WHERE t.code IN (30005, 30006))
  AND NOT EXISTS (
      SELECT FROM text_suppressions s
      WHERE s.digits = m.digits AND s.reason = 'not_textable' AND s.is_sandbox = m.is_sandbox
        AND coalesce(s.lifted_at, 'infinity') >= m.told_at
  )
GROUP BY m.digits, m.is_sandbox
HAVING count(*) FILTER (WHERE m.code = 30006) > 0 OR count(*) FILTER (WHERE m.code = 30005) > 1
ON CONFLICT (digits, reason, is_sandbox) WHERE lifted_at IS NULL DO NOTHING
