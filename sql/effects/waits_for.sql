-- What an effect waits for, and what waits for it.
SELECT waiting.effect_id AS of, first.key, first.status, 'before' AS place
FROM effects AS waiting INNER JOIN effects AS first ON first.effect_id = waiting.after_id
WHERE waiting.effect_id = ANY(:ids)
UNION ALL
SELECT after_id, key, status, 'after' FROM effects WHERE after_id = ANY(:ids)
