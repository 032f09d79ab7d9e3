INSERT INTO retail.connectivity_checks (as_of, is_connected, hosts, is_sandbox, run_id)
VALUES (:as_of, :is_connected, :hosts, :is_sandbox, :run_id)
