-- The newest list of each competitor that is not of this day or a later one.
SELECT s.site, s.scrape_id, s.scraped_on, r.key, r.name, r.size, r.available, r.available_raw, r.price, r.price_raw
FROM (
    SELECT DISTINCT ON (site) * FROM retail.scrapes
    WHERE status = 'accepted' AND scraped_on < :day AND is_sandbox = :is_sandbox
    ORDER BY site, scraped_on DESC, scraped_at DESC, scrape_id DESC
) s JOIN retail.scraped_rows r USING (scrape_id)
ORDER BY s.site, r.place
