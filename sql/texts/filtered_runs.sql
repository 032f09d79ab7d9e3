-- Campaigns of which the carriers filtered at least so many texts in a row: of texts that ended and went in the last day
-- and since the campaign, or all texts, were last paused or let go: what was put right must not stop them again.
WITH lately AS (
    SELECT m.campaign, m.sent_at, m.effect_id, coalesce(m.code = :code, false) AS is_filtered
    FROM text_messages m
    WHERE m.is_sandbox = :is_sandbox AND m.status IN ('delivered', 'undelivered', 'failed')
      AND m.sent_at >= now() - interval '1 day'
      AND m.campaign IN (
          SELECT campaign FROM text_messages
          WHERE code = :code AND is_sandbox = :is_sandbox AND sent_at >= now() - interval '1 day'
      )
      AND m.sent_at >= coalesce((
          SELECT max(c.at) FROM effect_controls c
          WHERE c.control = 'pause' AND c.kind IN ('text', 'all', 'text:' || m.campaign)
      ), '-infinity')
), numbered AS (
    -- Within a run both numbers grow alike, so their difference stays.
    SELECT campaign, is_filtered,
        row_number() OVER (PARTITION BY campaign ORDER BY sent_at, effect_id)
        - row_number() OVER (PARTITION BY campaign, is_filtered ORDER BY sent_at, effect_id) AS run
    FROM lately
), runs AS (
    SELECT campaign, count(*) AS texts FROM numbered WHERE is_filtered GROUP BY campaign, run
)
SELECT campaign, max(texts) AS texts
FROM runs
GROUP BY campaign
HAVING max(texts) >= :most
ORDER BY campaign
