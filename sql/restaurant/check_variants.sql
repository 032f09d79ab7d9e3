-- Names of these days linked to an item without a size, or to a size the item is not sold in.
SELECT u.name_raw, u.menu_item, u.item_type, u.variant, count(*) AS lines, sum(u.revenue) AS revenue,
       CASE WHEN u.variant_id IS NULL THEN 'no size' ELSE 'not a size of the item' END AS problem
FROM unified_sales u
WHERE u.business_date = ANY(CAST(:days AS date[])) AND u.menu_item_id IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM menu_item_variants v WHERE v.menu_item_id = u.menu_item_id AND v.variant_id = u.variant_id
  )
GROUP BY u.name_raw, u.menu_item, u.item_type, u.variant, u.variant_id
ORDER BY count(*) DESC, u.name_raw
