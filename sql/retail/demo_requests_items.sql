-- Web items of the demo store with a product, and how many there are: the first of each, by number.
SELECT rtrim(i."ITEM_NO") AS item_no, sum(s."QTY_AVAIL") AS available
FROM "IM_ITEM" i
JOIN "IM_INV" s ON s."ITEM_NO" = i."ITEM_NO"
JOIN "CPI_BC_PROD" p ON p."SKU" = i."ITEM_NO"
WHERE i."IS_ECOMM_ITEM" = 'Y' AND i."STAT" = 'A' AND i."IS_ADM_TKT" <> 'Y' AND i."USR_CPC_IS_ENABLED" = 'Y'
GROUP BY i."ITEM_NO"
ORDER BY i."ITEM_NO"
