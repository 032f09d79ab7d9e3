-- Names that should be looked at. What a person decided stays decided while the decision is in force; what was settled
-- waits again. updated_at tells when something changed that a decision rests on: not a count.
INSERT INTO match_review_queue AS q (
    raw_name_norm, raw_name, clean_name, clean_type, clean_variant, line_count, revenue, first_seen, last_seen,
    confidence, reason, candidates, updated_at)
SELECT n.raw_name_norm, n.raw_name, n.clean_name, n.clean_type, n.clean_variant, n.line_count, n.revenue, n.first_seen,
       n.last_seen, n.confidence, n.reason, n.candidates, :now
FROM jsonb_to_recordset(CAST(:names AS jsonb)) AS n(
    raw_name_norm text, raw_name text, clean_name text, clean_type text, clean_variant text, line_count integer,
    revenue numeric, first_seen date, last_seen date, confidence numeric, reason text, candidates jsonb)
ON CONFLICT (raw_name_norm) DO UPDATE
SET raw_name = excluded.raw_name, clean_name = excluded.clean_name, clean_type = excluded.clean_type,
    clean_variant = excluded.clean_variant, line_count = excluded.line_count, revenue = excluded.revenue,
    first_seen = excluded.first_seen, last_seen = excluded.last_seen, confidence = excluded.confidence,
    reason = excluded.reason, candidates = excluded.candidates,
    status = CASE
        WHEN q.status = 'skipped' THEN 'skipped'
        WHEN q.status IN ('accepted', 'chosen', 'new_item', 'no_item') AND EXISTS (
            SELECT FROM item_aliases a WHERE a.raw_name_norm = q.raw_name_norm AND a.replaced_at IS NULL) THEN q.status
        ELSE 'open' END,
    updated_at = CASE
        WHEN q.status <> 'settled'
            AND (q.clean_name, q.clean_type, q.clean_variant, q.reason, q.candidates)
                = (excluded.clean_name, excluded.clean_type, excluded.clean_variant, excluded.reason, excluded.candidates)
        THEN q.updated_at ELSE :now END
