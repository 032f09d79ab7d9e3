-- Which of these keys are in the ledger already, so that nothing is made for them.
SELECT key FROM effects WHERE key = ANY(:keys) AND is_sandbox = :is_sandbox AND status <> 'dropped'
