-- A reject that is known already, from this source or another, is one row. is_past: a newer event of the order is good.
INSERT INTO order_rejects (
    load_id, source, name, line_no, entity, stream_id, petpooja_order_id, code, column_name, detail, raw, digest,
    resolved_at
)
SELECT DISTINCT ON (s.digest)
    :load_id, :source, :name, s.line_no, s.entity, s.stream_id, s.petpooja_order_id, s.code, s.column_name, s.detail,
    s.raw, s.digest, CASE WHEN s.is_past THEN CAST(:now AS timestamptz) END
FROM stage_rejects s
WHERE NOT EXISTS (SELECT FROM order_rejects r WHERE r.digest = s.digest)
ORDER BY s.digest, s.line_no
ON CONFLICT (source, digest) DO NOTHING
