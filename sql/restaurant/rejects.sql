-- What was refused, newest load first; open ones only unless asked for all.
SELECT r.reject_id, r.load_id, r.source, r.name, r.line_no, r.entity, r.stream_id, r.petpooja_order_id, r.code,
       r.column_name, r.detail, r.raw, r.created_at, r.resolved_at
FROM order_rejects r
WHERE (CAST(:load_id AS bigint) IS NULL OR r.load_id = :load_id)
  AND (CAST(:code AS text) IS NULL OR r.code = :code)
  AND (CAST(:with_past AS boolean) OR r.resolved_at IS NULL)
ORDER BY r.load_id DESC, r.line_no, r.reject_id
