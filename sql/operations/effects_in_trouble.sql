-- Effects a person has to look at, by kind. unknown: its end is not known and could not be found out. failed: lately.
-- overdue: it was due long ago and nobody does it; paused: because somebody paused the kind. Only of the kinds given:
-- nobody waits for what a sandbox that ended has left.
WITH control AS (
    SELECT DISTINCT ON (kind) kind, is_paused
    FROM ops.effect_controls WHERE control = 'pause' ORDER BY kind, control_id DESC
),
trouble AS (
    SELECT e.kind, e.automation, e.reason,
        CASE
            WHEN e.status = 'unknown' THEN 'unknown'
            WHEN e.status = 'failed' THEN 'failed'
            WHEN EXISTS (SELECT FROM control c WHERE c.kind IN (e.kind, 'all') AND c.is_paused) THEN 'paused'
            ELSE 'overdue'
        END AS trouble,
        CASE WHEN e.status IN ('unknown', 'failed') THEN e.changed_at ELSE greatest(e.due_at, e.next_try_at) END AS since
    FROM ops.effects e LEFT JOIN ops.effects before ON before.effect_id = e.after_id
    WHERE e.kind = ANY(CAST(:kinds AS text[]))
        AND e.is_sandbox <> (e.kind = ANY(CAST(:live_kinds AS text[])))
        AND (
            (e.status = 'unknown' AND e.changed_at < now() - :unknown_minutes * interval '1 minute')
            OR (e.status = 'failed' AND e.changed_at > now() - :failed_days * interval '1 day')
            OR (e.status = 'planned' AND coalesce(before.status, 'sent') = 'sent'
                AND greatest(e.due_at, e.next_try_at) < now() - :overdue_minutes * interval '1 minute')
            OR (e.status = 'claimed' AND e.lease_until < now() - :overdue_minutes * interval '1 minute')
        )
)
SELECT kind, trouble, count(*) AS effects, min(since) AS since,
    string_agg(DISTINCT automation, ', ' ORDER BY automation) AS automations,
    (array_agg(reason ORDER BY since DESC) FILTER (WHERE reason IS NOT NULL))[1] AS reason
FROM trouble
GROUP BY kind, trouble
ORDER BY kind, trouble
