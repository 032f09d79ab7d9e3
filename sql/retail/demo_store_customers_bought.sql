-- Customers who bought on the days that were added: the day and the amount of their last sale.
UPDATE "AR_CUST" AS known
SET "LST_SAL_DAT" = staged."LST_SAL_DAT",
    "LST_SAL_AMT" = staged."LST_SAL_AMT",
    "FST_SAL_DAT" = coalesce(known."FST_SAL_DAT", staged."LST_SAL_DAT")
FROM demo_customers AS staged
WHERE staged."CUST_NO" = known."CUST_NO"
  AND staged."LST_SAL_DAT" >= :since;
