-- Leads that came in by the form since a day (null: all).
SELECT received_at, first_name, last_name, email, phone, interested_in, timeline, street, city, state, zip_code, comments
FROM leads
WHERE received_on >= coalesce(CAST(:since AS date), '-infinity')
ORDER BY received_at, lead_id
