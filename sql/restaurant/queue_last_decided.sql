-- The newest decision of a person.
SELECT raw_name_norm
FROM match_review_queue
WHERE decided_by = :who AND status IN ('accepted', 'chosen', 'new_item', 'no_item', 'skipped')
ORDER BY decided_at DESC, raw_name_norm
LIMIT 1
