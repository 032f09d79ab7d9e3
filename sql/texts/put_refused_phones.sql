-- What Twilio's refusals say of phones: 21610 is an opt-out; 21211 and 21614 cannot be texted.
INSERT INTO text_suppressions (digits, reason, is_sandbox, detail)
SELECT DISTINCT ON (digits, reason, is_sandbox) digits, reason, is_sandbox, detail
FROM (
    SELECT
        right(e.target, 10) AS digits, e.is_sandbox, e.changed_at,
        CASE WHEN e.reason LIKE 'Twilio 21610:%' THEN 'carrier' ELSE 'not_textable' END AS reason,
        e.reason AS detail
    FROM effects e
    WHERE e.kind = 'text' AND e.status IN ('suppressed', 'failed') AND e.reason ~ '^Twilio (21610|21211|21614):'
      AND e.changed_at >= now() - interval '7 days'
) AS refused
WHERE digits ~ '^[0-9]{10}$'
  -- Whoever opted in again after that stays in; who is refused after that is out again.
  AND NOT EXISTS (
      SELECT FROM text_suppressions s
      WHERE s.digits = refused.digits AND s.reason = refused.reason AND s.is_sandbox = refused.is_sandbox
        AND coalesce(s.lifted_at, 'infinity') >= refused.changed_at
  )
ON CONFLICT (digits, reason, is_sandbox) WHERE lifted_at IS NULL DO NOTHING
