-- A message by a channel, once: a file that could not be written tells again what the table has already.
INSERT INTO ops.alert_messages (key, kind, channel, subject, sent_at, reason)
SELECT wanted.*
FROM (
    SELECT CAST(:key AS text) AS key, CAST(:kind AS text) AS kind, CAST(:channel AS text) AS channel,
        CAST(:subject AS text), CAST(:sent_at AS timestamptz) AS sent_at, CAST(:reason AS text)
) AS wanted
WHERE NOT EXISTS (
    SELECT FROM ops.alert_messages known
    WHERE known.sent_at = wanted.sent_at AND known.key = wanted.key AND known.kind = wanted.kind
        AND known.channel = wanted.channel
)
