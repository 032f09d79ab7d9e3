-- A plan that has something to change.
INSERT INTO change_batches (automation, as_of, status, is_sandbox, considered, planned, reason, decided_by, undoes, run_id)
VALUES (:automation, :as_of, :status, :is_sandbox, :considered, :planned, :reason, :decided_by, :undoes, :run_id)
RETURNING batch_id
