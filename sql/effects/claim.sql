-- Take picked effects: from now on they are this worker's, until the lease ends.
UPDATE effects
SET
    status = 'claimed', claim = nextval('effect_claims'), claimed_at = clock_timestamp(), began_at = NULL,
    lease_until = clock_timestamp() + :seconds * interval '1 second', reason = NULL, changed_at = clock_timestamp(),
    run_id = coalesce(CAST(:run_id AS text), run_id)
WHERE effect_id = ANY(:ids)
RETURNING effect_id, claim, claimed_at
