SELECT key, name, size, available, available_raw, price, price_raw
FROM retail.scraped_rows WHERE scrape_id = :scrape_id ORDER BY place
