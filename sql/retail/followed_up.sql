-- Leads that stand in a mail to the sales team, with where that mail is.
SELECT lead_id, e.status
FROM effects e, jsonb_array_elements_text(e.payload -> 'context' -> 'lead_ids') AS lead_id
WHERE e.automation = 'lead_followup' AND e.kind = 'email' AND e.is_sandbox = :is_sandbox AND e.status <> 'dropped'
