CREATE TEMP TABLE told (sid text, status text, code integer, segments integer, price numeric) ON COMMIT DROP
