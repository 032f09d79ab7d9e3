-- The last business day of the history; NULL without tickets.
SELECT max("BUS_DAT") FROM "PS_TKT_HIST";
