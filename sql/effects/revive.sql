-- What was held in a plan that was given up, or came to nothing because its time passed, is wanted again: it takes what
-- the new plan says. Nothing of it was ever tried. A text of a birthday on the 1st may be caught up on the 2nd so.
WITH revived AS (
    UPDATE effects AS known
    SET
        automation = :automation, target = staged.target, label = staged.label,
        wanted_because = staged.wanted_because, payload = staged.payload, payload_sha256 = staged.payload_sha256,
        content = staged.content, due_at = coalesce(staged.due_at, clock_timestamp()), not_after = staged.not_after,
        after_key = staged.after_key, after_id = NULL,
        next_try_at = coalesce(staged.due_at, clock_timestamp()),
        status = CASE WHEN staged.unfit IS NULL THEN CAST(:status AS text) ELSE 'failed' END, reason = staged.unfit,
        batch_id = CAST(:batch_id AS bigint), run_id = CAST(:run_id AS text), changed_at = clock_timestamp()
    FROM effect_stage AS staged
    WHERE staged.key = known.key AND staged.is_sandbox = known.is_sandbox
      AND (known.status = 'dropped'
           -- A coupon whose mail was given up with it stays as it is: it would be made for nobody.
           OR (known.status = 'expired' AND known.attempt = 0 AND staged.not_after > clock_timestamp()
               AND NOT EXISTS (SELECT FROM effects AS waiting WHERE waiting.after_id = known.effect_id)))
    RETURNING known.effect_id, known.key, known.status, known.reason
), told AS (
    INSERT INTO effect_events (effect_id, event, detail, run_id)
    SELECT effect_id, 'recorded', coalesce(reason, status || ', wanted again'), CAST(:run_id AS text) FROM revived
)
SELECT key FROM revived
