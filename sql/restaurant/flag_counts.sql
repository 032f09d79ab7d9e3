SELECT code, count(*) AS flags, count(DISTINCT order_id) AS orders FROM data_quality_flags GROUP BY code ORDER BY 2 DESC
