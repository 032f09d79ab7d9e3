-- What somebody wrote, once: Twilio tells again when it got no answer, and its list has what a webhook told as well.
INSERT INTO text_inbound (sid, digits, is_sandbox, body, meaning, at)
VALUES (:sid, :digits, :is_sandbox, :body, :meaning, coalesce(CAST(:at AS timestamptz), clock_timestamp()))
ON CONFLICT (sid) DO NOTHING
