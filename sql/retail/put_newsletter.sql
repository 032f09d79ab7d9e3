-- Somebody signs up for the newsletter; once is enough.
INSERT INTO newsletter (email, first_name, last_name, joined_at) VALUES (:email, :first_name, :last_name, :joined_at)
ON CONFLICT DO NOTHING
