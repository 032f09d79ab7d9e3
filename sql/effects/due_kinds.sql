-- Kinds for which something can be done now: carried out, expired, looked after. live_automations: those that may.
SELECT asked.kind
FROM unnest(CAST(:kinds AS text[])) AS asked (kind)
CROSS JOIN LATERAL (SELECT asked.kind = ANY(:sandbox_kinds) AS is_sandbox) AS mode
WHERE EXISTS (SELECT FROM effects AS e
              WHERE e.kind = asked.kind AND e.is_sandbox = mode.is_sandbox AND e.status = 'planned'
                AND e.next_try_at <= clock_timestamp()
                AND (e.is_sandbox OR e.automation = ANY(CAST(:live_automations AS text[]))))
   OR EXISTS (SELECT FROM effects AS e
              WHERE e.kind = asked.kind AND e.is_sandbox = mode.is_sandbox AND e.status IN ('planned', 'held')
                AND e.not_after < clock_timestamp())
   OR EXISTS (SELECT FROM effects AS e
              WHERE e.kind = asked.kind AND e.is_sandbox = mode.is_sandbox AND e.status IN ('claimed', 'unknown')
                AND e.lease_until < clock_timestamp() AND (e.status = 'claimed' OR e.looks < :most_looks))
ORDER BY asked.kind
