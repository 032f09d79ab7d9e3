-- Claimed, and not begun: it waits again, as if nobody had taken it.
UPDATE effects
SET status = 'planned', lease_until = NULL, changed_at = clock_timestamp()
WHERE effect_id = ANY(:ids) AND claim = ANY(:claims) AND status = 'claimed' AND began_at IS NULL
