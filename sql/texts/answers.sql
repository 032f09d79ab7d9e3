-- What people wrote, the newest first, with the customer whom the phone's newest text was for. only_other: nothing that
-- was understood and followed, but for opt-outs that were read out of a sentence: one that was none takes a person's
-- texts away. plain: the words that mean nothing else, without blanks and signs.
SELECT i.at, i.digits, i.body, i.meaning, i.is_sandbox, texted.cust_no, texted.campaign
FROM text_inbound i
LEFT JOIN LATERAL (
    SELECT m.cust_no, m.campaign FROM text_messages m
    WHERE m.digits = i.digits AND m.is_sandbox = i.is_sandbox
    ORDER BY m.sent_at DESC LIMIT 1
) AS texted ON true
WHERE i.at >= :since AND (
    NOT :only_other OR i.meaning = 'other'
    OR i.meaning = 'stop' AND regexp_replace(lower(i.body), '\W|_', '', 'g') <> ALL(CAST(:plain AS text[]))
)
ORDER BY i.inbound_id DESC
LIMIT :most
