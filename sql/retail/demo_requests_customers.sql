-- Customers of the demo store who could write, by number.
SELECT "FST_NAM" AS first_name, "LST_NAM" AS last_name, "EMAIL_ADRS_1" AS email, "PHONE_1" AS phone
FROM "AR_CUST"
WHERE "CATEG_COD" = 'RETAIL' AND "EMAIL_ADRS_1" LIKE '%_@_%._%' AND "FST_NAM" IS NOT NULL AND "LST_NAM" IS NOT NULL
ORDER BY "CUST_NO"
LIMIT 12
