-- Codes of the account that every further text of every campaign would meet too, of texts that went in the last day and since
-- texts were last paused or let go: what was put right must not stop them again.
SELECT code, count(*) AS texts
FROM text_messages
WHERE code = ANY(CAST(:codes AS integer[])) AND is_sandbox = :is_sandbox
  AND sent_at >= greatest(
      now() - interval '1 day',
      (SELECT max(at) FROM effect_controls WHERE kind IN ('text', 'all') AND control = 'pause')
  )
GROUP BY code
ORDER BY code
