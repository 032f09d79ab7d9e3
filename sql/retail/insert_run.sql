-- An automation ran.
INSERT INTO automation_runs (automation, as_of, run_id, status, considered, changes, notes, api_calls, seconds, error)
VALUES (:automation, :as_of, :run_id, :status, :considered, :changes, :notes, :api_calls, :seconds, :error)
