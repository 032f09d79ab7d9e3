-- Lines and add-ons of these days and how many have a link; names a person said are no item count as settled.
SELECT u.sold_as AS kind, count(*) AS lines, count(u.menu_item_id) AS linked,
       count(*) FILTER (WHERE u.menu_item_id IS NULL AND d.is_no_item) AS no_item, sum(u.revenue) AS revenue,
       coalesce(sum(u.revenue) FILTER (WHERE u.menu_item_id IS NULL), 0) AS revenue_not_linked
FROM unified_sales u
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM item_aliases a
        WHERE a.raw_name = u.name_raw AND a.replaced_at IS NULL AND a.menu_item_id IS NULL
    ) AND u.menu_item_id IS NULL AS is_no_item
) d
WHERE u.business_date = ANY(CAST(:days AS date[]))
GROUP BY u.sold_as
ORDER BY u.sold_as
