-- Each campaign's texts since a day: sent, delivered, not delivered, cost; and how many people opted out within three days
-- of one. Each phone counts once, for the last text before it said so: two texts of a day did not drive two people away.
WITH sent AS (
    SELECT * FROM text_messages WHERE sent_at >= :since AND is_sandbox = :is_sandbox
), gone AS (
    SELECT DISTINCT ON (m.digits) m.effect_id
    FROM sent m
    INNER JOIN text_suppressions s ON s.digits = m.digits
    WHERE s.reason IN ('stop', 'carrier') AND s.is_sandbox = m.is_sandbox
      AND s.at BETWEEN m.sent_at AND m.sent_at + interval '3 days'
    ORDER BY m.digits, s.at, m.sent_at DESC, m.effect_id DESC
)
SELECT
    m.campaign, count(*) AS texts, count(*) FILTER (WHERE m.status = 'delivered') AS delivered,
    count(*) FILTER (WHERE m.status IN ('undelivered', 'failed')) AS failed,
    count(*) FILTER (WHERE m.status NOT IN ('delivered', 'undelivered', 'failed')) AS open,
    coalesce(sum(m.segments), 0) AS segments, sum(m.price) AS price, count(gone.effect_id) AS opted_out,
    max(m.sent_at) AS last
FROM sent m
LEFT JOIN gone ON gone.effect_id = m.effect_id
GROUP BY m.campaign
ORDER BY m.campaign
