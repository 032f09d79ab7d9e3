-- Kinds of which an automation has effects that are not at their end.
SELECT kind FROM unnest(CAST(:kinds AS text[])) AS kind
WHERE EXISTS (SELECT FROM effects
              WHERE automation = :automation AND effects.kind = kind.kind
                AND status IN ('planned', 'claimed', 'unknown'))
