-- What was sold from :first to :last, as a line of a bill and as an add-on; :item narrows to names that hold it.
SELECT menu_item, item_type, variant, CAST(sum(quantity) AS bigint) AS quantity,
       CAST(sum(quantity_as_item) AS bigint) AS quantity_as_item,
       CAST(sum(quantity_as_addon) AS bigint) AS quantity_as_addon,
       sum(amount) AS amount, CAST(sum(orders) AS bigint) AS orders
FROM menu_sales_by_day
WHERE business_date BETWEEN :first AND :last
  AND (CAST(:item AS text) IS NULL OR strpos(lower(menu_item), lower(CAST(:item AS text))) > 0)
GROUP BY menu_item_id, menu_item, item_type, variant_id, variant
ORDER BY sum(amount) DESC, menu_item, variant
