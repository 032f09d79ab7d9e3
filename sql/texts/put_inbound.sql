-- What somebody wrote, once: Twilio tells again when it got no answer.
INSERT INTO text_inbound (sid, digits, is_sandbox, body, meaning) VALUES (:sid, :digits, :is_sandbox, :body, :meaning)
ON CONFLICT (sid) DO NOTHING
