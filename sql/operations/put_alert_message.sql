INSERT INTO ops.alert_messages (key, kind, channel, subject, sent_at, reason)
VALUES (:key, :kind, :channel, :subject, :sent_at, :reason)
