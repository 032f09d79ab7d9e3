CREATE TEMPORARY TABLE change_results (
    target text NOT NULL, key text NOT NULL, field text NOT NULL, status text NOT NULL, detail text NOT NULL
) ON COMMIT DROP
