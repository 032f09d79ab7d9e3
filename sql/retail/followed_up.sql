-- Leads that stand in a mail to the sales team, with where that mail is, and whether of the system that counts now.
SELECT lead_id, e.status, e.is_sandbox <> :is_sandbox AS is_elsewhere
FROM effects e, jsonb_array_elements_text(e.payload -> 'context' -> 'lead_ids') AS lead_id
WHERE e.automation = 'lead_followup' AND e.kind = 'email' AND e.status <> 'dropped'
