-- Who signed up by the form.
SELECT joined_at, email, first_name, last_name
FROM newsletter
ORDER BY joined_at, email
