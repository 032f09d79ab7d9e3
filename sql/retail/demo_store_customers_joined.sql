INSERT INTO "AR_CUST"
SELECT staged.*
FROM demo_customers AS staged
WHERE NOT EXISTS (SELECT FROM "AR_CUST" AS known WHERE known."CUST_NO" = staged."CUST_NO");
