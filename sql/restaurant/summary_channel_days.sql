-- Net revenue of the newest :last days by channel, for the plot.
SELECT business_date, order_from, sum(net) AS net
FROM revenue_by_channel
WHERE business_date > (SELECT max(business_date) FROM orders) - CAST(:last AS integer)
GROUP BY business_date, order_from
ORDER BY business_date, order_from
