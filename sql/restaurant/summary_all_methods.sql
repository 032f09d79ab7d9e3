-- How all lines were linked, those of cancelled orders too.
SELECT coalesce(match_method, 'no link') AS method, count(*) AS lines, count(DISTINCT name_raw) AS names,
       sum(total_price) AS revenue, round(avg(match_confidence), 1) AS mean_confidence
FROM order_items
GROUP BY match_method
ORDER BY count(*) DESC
