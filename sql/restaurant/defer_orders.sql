-- Two staged orders that would change the same stored order have to wait for each other: the later one goes in the
-- next round, when it sees what the first did.
WITH claims AS (
    SELECT order_no, order_id AS claimed FROM stage_orders WHERE order_id IS NOT NULL
    UNION ALL
    SELECT order_no, stale_id FROM stage_orders WHERE stale_id IS NOT NULL
), firsts AS (
    SELECT claimed, min(order_no) AS order_no FROM claims GROUP BY claimed HAVING min(order_no) <> max(order_no)
)
UPDATE stage_orders AS s
SET action = 'later'
WHERE EXISTS (
    SELECT FROM claims c JOIN firsts f ON f.claimed = c.claimed
    WHERE c.order_no = s.order_no AND f.order_no < s.order_no)
