-- What waited is judged anew; everything else is done.
WITH done AS (
    DELETE FROM stage_orders WHERE action <> 'later'
)
UPDATE stage_orders
SET action = NULL, order_id = NULL, stale_id = NULL
WHERE action = 'later'
