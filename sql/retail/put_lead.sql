-- A lead of the form; the same words twice on a day are one.
INSERT INTO leads (
    lead_id, received_at, received_on, first_name, last_name, email, phone, interested_in, timeline, street, city, state,
    zip_code, comments, said_sha256
) VALUES (
    :lead_id, :received_at, :received_on, :first_name, :last_name, :email, :phone, :interested_in, :timeline, :street,
    :city, :state, :zip_code, :comments, :said_sha256
)
ON CONFLICT DO NOTHING
