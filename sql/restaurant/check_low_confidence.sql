-- Names of these days that are linked with little confidence (below :limit).
SELECT name_raw, menu_item, variant, match_method AS method, min(match_confidence) AS confidence, count(*) AS lines,
       sum(revenue) AS revenue
FROM unified_sales
WHERE business_date = ANY(CAST(:days AS date[])) AND menu_item_id IS NOT NULL AND match_confidence < :limit
GROUP BY name_raw, menu_item, variant, match_method
ORDER BY count(*) DESC, name_raw
