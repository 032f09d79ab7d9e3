-- Names that need nobody any more: the menu or a rule says what they mean, or no line of them is left.
UPDATE match_review_queue
SET status = 'settled', updated_at = :now
WHERE raw_name_norm = ANY(:names) AND status IN ('open', 'skipped')
