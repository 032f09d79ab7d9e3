-- Kinds for which something can be done now: carried out, expired, looked after. live_automations: those that may. Asked
-- for the earliest of each kind, which an index knows; whether there is one, the planner may find out by reading all.
SELECT asked.kind
FROM unnest(CAST(:kinds AS text[])) AS asked (kind)
CROSS JOIN LATERAL (SELECT asked.kind = ANY(:sandbox_kinds) AS is_sandbox) AS mode
WHERE (SELECT min(e.next_try_at) FROM effects AS e
       WHERE e.kind = asked.kind AND e.is_sandbox = mode.is_sandbox AND e.status = 'planned'
         AND (e.is_sandbox OR e.automation = ANY(CAST(:live_automations AS text[])))) <= clock_timestamp()
   OR (SELECT min(e.not_after) FROM effects AS e
       WHERE e.kind = asked.kind AND e.is_sandbox = mode.is_sandbox AND e.status IN ('planned', 'held')) < clock_timestamp()
   OR EXISTS (SELECT FROM effects AS e
              WHERE e.kind = asked.kind AND e.is_sandbox = mode.is_sandbox AND e.status IN ('claimed', 'unknown')
                AND e.lease_until < clock_timestamp() AND (e.status = 'claimed' OR e.looks < :most_looks))
ORDER BY asked.kind
