-- The queue as people see it: dearest first, skipped names last.
SELECT raw_name_norm, raw_name, clean_name, clean_type, clean_variant, line_count, revenue, first_seen, last_seen,
       confidence, reason, candidates, status, decided_by, decided_at, updated_at
FROM match_review_queue
WHERE status = ANY(:statuses)
ORDER BY status = 'skipped', revenue DESC, line_count DESC, raw_name_norm
