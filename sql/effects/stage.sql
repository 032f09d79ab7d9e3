CREATE TEMPORARY TABLE IF NOT EXISTS effect_stage (
    key text NOT NULL, kind text NOT NULL, is_sandbox boolean NOT NULL, target text NOT NULL, label text NOT NULL,
    wanted_because text NOT NULL, payload jsonb NOT NULL, payload_sha256 text NOT NULL, content bytea,
    due_at timestamptz, not_after timestamptz, after_key text, keep_first boolean NOT NULL, unfit text
) ON COMMIT DROP
