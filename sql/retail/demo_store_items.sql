-- Whether the point of sale's stand-in holds anything.
SELECT EXISTS (SELECT FROM "IM_ITEM") OR EXISTS (SELECT FROM "PS_TKT_HIST") OR EXISTS (SELECT FROM "AR_CUST");
