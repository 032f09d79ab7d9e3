-- The dearest names without a link.
SELECT name_raw, lines, quantity, revenue, share, last_seen, is_no_item
FROM unmatched_revenue
ORDER BY revenue DESC, lines DESC, name_raw
LIMIT :limit
