-- Since when Twilio's list may hold what nobody heard yet; NULL while no text went lately. What people wrote is heard in
-- the order it was written, so nothing before the newest one is missing. At most two weeks: a revocation has to be followed
-- within ten business days (47 CFR 64.1200(a)(10)).
SELECT CASE WHEN EXISTS (
    SELECT FROM text_messages WHERE is_sandbox = :is_sandbox AND sent_at >= now() - interval '14 days'
) THEN greatest(
    now() - interval '14 days', (SELECT max(at) - interval '1 hour' FROM text_inbound WHERE is_sandbox = :is_sandbox)
) END AS since
