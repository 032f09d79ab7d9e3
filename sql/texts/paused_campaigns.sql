-- Campaigns whose texts are paused alone (text:birthday), by whom and why; of each the newest decision counts.
SELECT split_part(kind, ':', 2) AS campaign, who, why
FROM (
    SELECT DISTINCT ON (kind) kind, is_paused, who, why FROM effect_controls
    WHERE control = 'pause' AND kind LIKE 'text:%'
    ORDER BY kind, control_id DESC
) AS newest
WHERE is_paused
