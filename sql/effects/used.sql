-- How much of a day's budget is used; counted no further than the budget goes.
SELECT count(*) FROM (
    SELECT FROM effects
    WHERE kind = :kind AND is_sandbox = :is_sandbox AND status IN ('claimed', 'sent', 'unknown')
      AND claimed_at >= (date_trunc('day', clock_timestamp() AT TIME ZONE :zone) AT TIME ZONE :zone)
    LIMIT :budget
) AS counted
