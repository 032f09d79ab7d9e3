-- Customers of the demo store who could write, by number. The same in a second demo, else it would invent other leads:
-- as text 100001, whom the API made of a lead, is before 1001, and a phone may have moved to the landlines since.
SELECT "FST_NAM" AS first_name, "LST_NAM" AS last_name, "EMAIL_ADRS_1" AS email, coalesce("PHONE_1", "MBL_PHONE_1") AS phone
FROM "AR_CUST"
WHERE "CATEG_COD" = 'RETAIL' AND "EMAIL_ADRS_1" LIKE '%_@_%._%' AND "FST_NAM" IS NOT NULL AND "LST_NAM" IS NOT NULL
ORDER BY length("CUST_NO"), "CUST_NO"
LIMIT 12
