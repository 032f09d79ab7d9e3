-- How the lines or the add-ons of these days were linked. kind: item or addon.
SELECT coalesce(match_method, 'no link') AS method, count(*) AS lines, count(DISTINCT name_raw) AS names,
       sum(revenue) AS revenue, round(avg(match_confidence), 1) AS mean_confidence
FROM unified_sales
WHERE sold_as = :kind AND business_date = ANY(CAST(:days AS date[]))
GROUP BY match_method
ORDER BY count(*) DESC
