-- Texts a day of the store and campaign, for the plot.
SELECT CAST(m.sent_at AT TIME ZONE :zone AS date) AS day, m.campaign, count(*) AS texts
FROM text_messages m
WHERE m.sent_at >= :since AND m.is_sandbox = :is_sandbox
GROUP BY 1, 2
ORDER BY 1, 2
