-- Which of these keys are in the ledger already, so that nothing is made for them; not what revive.sql may take again.
SELECT key FROM effects
WHERE key = ANY(:keys) AND is_sandbox = :is_sandbox AND NOT (status = 'dropped' OR (status = 'expired' AND attempt = 0))
