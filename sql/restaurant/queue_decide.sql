-- What a person said about names, and when.
UPDATE match_review_queue q
SET status = n.status, decided_by = :who, decided_at = :now, alias_id = coalesce(n.alias_id, q.alias_id), updated_at = :now
FROM jsonb_to_recordset(CAST(:names AS jsonb)) AS n(raw_name_norm text, status text, alias_id bigint)
WHERE n.raw_name_norm = q.raw_name_norm
