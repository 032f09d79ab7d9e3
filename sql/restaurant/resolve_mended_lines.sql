-- The lines of an earlier state of this file that were no JSON; what is still wrong in it was noted in this load.
UPDATE order_rejects SET resolved_at = :now
WHERE code = 'json_syntax' AND source = :source AND name = :name AND resolved_at IS NULL AND digest <> ALL(:digests)
