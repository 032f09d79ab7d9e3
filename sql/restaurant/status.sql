-- Where the restaurant's data stand, in one row. Lines are those of bills; add-ons are counted by themselves.
SELECT
    (SELECT count(*) FROM orders) AS orders,
    (SELECT max(created_on) FROM orders) AS newest_order,
    (SELECT min(business_date) FROM orders) AS first_day,
    (SELECT max(business_date) FROM orders) AS last_day,
    (SELECT count(*) FROM order_items) AS lines,
    (SELECT count(*) FROM order_items WHERE match_method = 'exact') AS lines_exact,
    (SELECT count(*) FROM order_items WHERE match_method = 'fuzzy') AS lines_fuzzy,
    (SELECT count(*) FROM order_items WHERE match_method = 'manual') AS lines_manual,
    (SELECT count(*) FROM order_items WHERE match_method IS NULL) AS lines_unmatched,
    (SELECT count(*) FROM order_item_addons) AS addons,
    (SELECT count(*) FROM order_item_addons WHERE match_method IS NOT NULL) AS addons_linked,
    (SELECT count(*) FROM menu_items WHERE is_active) AS menu_items,
    (SELECT count(*) FROM match_review_queue WHERE status = 'open') AS names_to_review,
    (SELECT count(*) FROM order_rejects WHERE resolved_at IS NULL) AS open_rejects,
    (SELECT count(*) FROM data_quality_flags) AS flags
