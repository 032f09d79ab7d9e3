-- Lines by confidence in steps of five; 100 is the last step, of its own. Without a link: how near the best came.
SELECT CAST(least(trunc(match_confidence / 5) * 5, 100) AS integer) AS from_confidence,
       count(menu_item_id) AS linked, count(*) - count(menu_item_id) AS not_linked
FROM order_items
WHERE match_confidence IS NOT NULL
GROUP BY 1
ORDER BY 1
