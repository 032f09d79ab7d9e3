-- When a command was last run, or may have been: its beginning counts, because a restart leaves nobody to tell its end.
SELECT max(coalesce(began_at, claimed_at, changed_at)) AS ran_at
FROM ops.effects
WHERE kind = 'command' AND automation = :automation AND is_sandbox = :is_sandbox AND status IN ('claimed', 'sent', 'unknown')
