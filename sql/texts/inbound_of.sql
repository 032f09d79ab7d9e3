-- What was written from a phone, the newest first.
SELECT at, body, meaning FROM text_inbound WHERE digits = :digits ORDER BY inbound_id DESC LIMIT :most
