INSERT INTO retail.scrapes (site, engine, scraped_at, scraped_on, status, rows, seconds, detail, is_sandbox, run_id)
VALUES (:site, :engine, :scraped_at, :scraped_on, :status, :rows, :seconds, :detail, :is_sandbox, :run_id)
RETURNING scrape_id
