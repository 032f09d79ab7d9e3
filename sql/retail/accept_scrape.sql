UPDATE retail.scrapes SET status = 'accepted', decided_by = :decided_by WHERE scrape_id = :scrape_id AND status = 'held'
