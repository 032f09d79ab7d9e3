-- How many were mailed lately, or are to be, that an item is back. prefix: of the keys of such mails.
SELECT payload #>> '{context,item_no}' AS item_no, count(*) AS mails
FROM effects
WHERE starts_with(key COLLATE "C", :prefix) AND kind = 'email' AND is_sandbox = :is_sandbox AND changed_at > :since
  AND status IN ('held', 'planned', 'claimed', 'sent', 'unknown')
GROUP BY 1
