-- Which add-ons go with which types, in the newest month.
SELECT month, addon, variant, added_to, lines, lines_with_addon, attach_rate
FROM addon_attach_rate
WHERE month = (SELECT CAST(date_trunc('month', max(business_date)) AS date) FROM orders)
ORDER BY lines_with_addon DESC, addon, added_to
LIMIT :limit
