-- The newest visit of each competitor, and how many rows the list in force has.
SELECT DISTINCT ON (s.site)
    s.site, s.scrape_id, s.engine, s.scraped_at, s.scraped_on, s.status, s.rows, s.seconds, s.detail, s.decided_by,
    before.rows AS rows_in_force, before.scraped_on AS in_force_of
FROM retail.scrapes s
LEFT JOIN LATERAL (
    SELECT b.rows, b.scraped_on FROM retail.scrapes b
    WHERE b.site = s.site AND b.is_sandbox = s.is_sandbox AND b.status = 'accepted'
    ORDER BY b.scraped_on DESC, b.scraped_at DESC, b.scrape_id DESC LIMIT 1
) before ON true
WHERE s.is_sandbox = :is_sandbox
ORDER BY s.site, s.scraped_at DESC, s.scrape_id DESC
