-- Texts that were sent since this was last done get their row; a run that died before is made good by the next. sid:
-- only this one, which somebody asks about; NULL: all.
INSERT INTO text_messages (effect_id, sid, campaign, cust_no, digits, is_sandbox, sent_at, segments)
SELECT
    e.effect_id, e.provider_id, e.payload->>'campaign', e.payload->>'cust_no', right(e.target, 10), e.is_sandbox,
    e.claimed_at, CAST(e.payload->>'segments' AS integer)
FROM effects e
WHERE e.kind = 'text' AND e.status = 'sent' AND e.provider_id IS NOT NULL
  AND e.changed_at >= now() - interval '7 days'
  AND (CAST(:sid AS text) IS NULL OR e.provider_id = :sid)
  AND NOT EXISTS (SELECT FROM text_messages m WHERE m.effect_id = e.effect_id)
ON CONFLICT DO NOTHING
