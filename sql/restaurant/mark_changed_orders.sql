-- Which of the newer events really change something: a column of the order, a line, an add-on, a tax or a discount.
-- Lines are compared by their number; who matched them to which menu item is no part of the event.
WITH asked AS MATERIALIZED (
    SELECT order_no, order_id FROM stage_orders WHERE action = 'candidate'
), old_items AS MATERIALIZED (
    SELECT a.order_no, i.order_item_id,
           row_number() OVER (PARTITION BY i.order_id ORDER BY i.order_item_id) AS line_no,
           i.petpooja_itemid, i.itemcode, i.name_raw, i.category_name, i.quantity, i.unit_price, i.total_price,
           i.tax_amount, i.discount_amount, i.specialnotes, i.sap_code, i.vendoritemcode
    FROM asked a JOIN order_items i ON i.order_id = a.order_id
), before_items AS MATERIALIZED (
    SELECT order_no, line_no, petpooja_itemid, itemcode, name_raw, category_name, quantity, unit_price, total_price,
           tax_amount, discount_amount, specialnotes, sap_code, vendoritemcode
    FROM old_items
), after_items AS MATERIALIZED (
    SELECT order_no, line_no, petpooja_itemid, itemcode, name_raw, category_name, quantity, unit_price, total_price,
           tax_amount, discount_amount, specialnotes, sap_code, vendoritemcode
    FROM asked JOIN stage_items USING (order_no)
), before_addons AS MATERIALIZED (
    SELECT o.order_no, o.line_no,
           row_number() OVER (PARTITION BY x.order_item_id ORDER BY x.order_item_addon_id) AS addon_no,
           x.petpooja_addonid, x.name_raw, x.group_name, x.quantity, x.price, x.addon_sap_code
    FROM old_items o JOIN order_item_addons x ON x.order_item_id = o.order_item_id
), after_addons AS MATERIALIZED (
    SELECT order_no, line_no, addon_no, petpooja_addonid, name_raw, group_name, quantity, price, addon_sap_code
    FROM asked JOIN stage_addons USING (order_no)
), before_taxes AS MATERIALIZED (
    SELECT order_no, line_no, tax_title, tax_rate, tax_type, tax_amount FROM asked JOIN order_taxes USING (order_id)
), after_taxes AS MATERIALIZED (
    SELECT order_no, line_no, tax_title, tax_rate, tax_type, tax_amount FROM asked JOIN stage_taxes USING (order_no)
), before_discounts AS MATERIALIZED (
    SELECT order_no, line_no, discount_title, discount_rate, discount_type, discount_amount
    FROM asked JOIN order_discounts USING (order_id)
), after_discounts AS MATERIALIZED (
    SELECT order_no, line_no, discount_title, discount_rate, discount_type, discount_amount
    FROM asked JOIN stage_discounts USING (order_no)
), differing AS (
    SELECT s.order_no
    FROM stage_orders s JOIN orders o ON o.order_id = s.order_id
    WHERE s.action = 'candidate'
      AND (s.restaurant_id, s.customer_id, s.petpooja_order_id, s.created_on, s.business_date, s.order_type,
           s.order_from, s.sub_order_type, s.order_from_id, s.payment_type, s.order_status, s.biller, s.assignee,
           s.table_no, s.token_no, s.no_of_persons, s.customer_invoice_id, s.core_total, s.tax_total,
           s.discount_total, s.delivery_charges, s.packaging_charge, s.service_charge, s.round_off, s.total, s.comment)
          IS DISTINCT FROM
          (o.restaurant_id, o.customer_id, o.petpooja_order_id, o.created_on, o.business_date, o.order_type,
           o.order_from, o.sub_order_type, o.order_from_id, o.payment_type, o.order_status, o.biller, o.assignee,
           o.table_no, o.token_no, o.no_of_persons, o.customer_invoice_id, o.core_total, o.tax_total,
           o.discount_total, o.delivery_charges, o.packaging_charge, o.service_charge, o.round_off, o.total, o.comment)
    UNION ALL SELECT order_no FROM (TABLE before_items EXCEPT ALL TABLE after_items) AS gone
    UNION ALL SELECT order_no FROM (TABLE after_items EXCEPT ALL TABLE before_items) AS come
    UNION ALL SELECT order_no FROM (TABLE before_addons EXCEPT ALL TABLE after_addons) AS gone
    UNION ALL SELECT order_no FROM (TABLE after_addons EXCEPT ALL TABLE before_addons) AS come
    UNION ALL SELECT order_no FROM (TABLE before_taxes EXCEPT ALL TABLE after_taxes) AS gone
    UNION ALL SELECT order_no FROM (TABLE after_taxes EXCEPT ALL TABLE before_taxes) AS come
    UNION ALL SELECT order_no FROM (TABLE before_discounts EXCEPT ALL TABLE after_discounts) AS gone
    UNION ALL SELECT order_no FROM (TABLE after_discounts EXCEPT ALL TABLE before_discounts) AS come
)
UPDATE stage_orders AS s
SET action = CASE WHEN s.order_no IN (SELECT order_no FROM differing) THEN 'changed' ELSE 'duplicate' END
WHERE s.action = 'candidate'
