"""The columns of the restaurant's staging tables, with their PostgreSQL types. Nothing else belongs here.

The staging tables are temporary: made for a load and gone with its transaction. The first columns of orders and lines
are the fields of restaurant/rows.py in their order, because its rows are copied as they are; what stands behind them is
filled in by the statements of sql/restaurant. A test compares both with the rows and with the tables of the migration.
"""

from __future__ import annotations

from typing import Final

ORDERS: Final = {
    "order_no": "int4",
    "place": "int4",
    "petpooja_restid": "text",
    "restaurant_name": "text",
    "petpooja_order_id": "int8",
    "stream_id": "int8",
    "event_id": "text",
    "aggregate_id": "text",
    "occurred_at": "timestamptz",
    "created_on": "timestamptz",
    "business_date": "date",
    "order_type": "text",
    "order_from": "text",
    "sub_order_type": "text",
    "order_from_id": "text",
    "payment_type": "text",
    "order_status": "text",
    "biller": "text",
    "assignee": "text",
    "table_no": "text",
    "token_no": "text",
    "no_of_persons": "int4",
    "customer_invoice_id": "text",
    "core_total": "numeric",
    "tax_total": "numeric",
    "discount_total": "numeric",
    "delivery_charges": "numeric",
    "packaging_charge": "numeric",
    "service_charge": "numeric",
    "round_off": "numeric",
    "total": "numeric",
    "comment": "text",
    "customer_identity": "text",
    "customer_name": "text",
    "customer_phone": "text",
    "has_chain": "bool",
}

RAWS: Final = {"order_no": "int4", "raw": "jsonb"}
"""Beside the orders, because a statement that changes one column of a row writes all of it anew."""

ITEMS: Final = {
    "order_no": "int4",
    "line_no": "int4",
    "petpooja_itemid": "int8",
    "itemcode": "text",
    "name_raw": "text",
    "category_name": "text",
    "quantity": "int4",
    "unit_price": "numeric",
    "total_price": "numeric",
    "tax_amount": "numeric",
    "discount_amount": "numeric",
    "specialnotes": "text",
    "sap_code": "text",
    "vendoritemcode": "text",
}

ADDONS: Final = {
    "order_no": "int4",
    "line_no": "int4",
    "addon_no": "int4",
    "petpooja_addonid": "text",
    "name_raw": "text",
    "group_name": "text",
    "quantity": "int4",
    "price": "numeric",
    "addon_sap_code": "text",
}

TAXES: Final = {
    "order_no": "int4",
    "line_no": "int4",
    "tax_title": "text",
    "tax_rate": "numeric",
    "tax_type": "text",
    "tax_amount": "numeric",
}

DISCOUNTS: Final = {
    "order_no": "int4",
    "line_no": "int4",
    "discount_title": "text",
    "discount_rate": "numeric",
    "discount_type": "text",
    "discount_amount": "numeric",
}

FLAGS: Final = {
    "order_no": "int4",
    "entity": "text",
    "line_no": "int4",
    "addon_no": "int4",
    "code": "text",
    "detail": "text",
}

REJECTS: Final = {
    "line_no": "int4",
    "entity": "text",
    "stream_id": "int8",
    "petpooja_order_id": "int8",
    "code": "text",
    "column_name": "text",
    "detail": "text",
    "raw": "jsonb",
    "digest": "text",
    "is_past": "bool",
    "is_line": "bool",
}

EVENTS: Final = {"stream_id": "int8", "outcome": "text"}

LINK: Final = {
    "menu_item_id": "int4",
    "variant_id": "int4",
    "match_confidence": "numeric",
    "match_method": "text",
}

RELINKS: Final = {
    "kind": "text",
    "name_raw": "text",
    "petpooja_id": "text",
    **LINK,
    "new_menu_item_id": "int4",
    "new_variant_id": "int4",
    "new_confidence": "numeric",
    "new_method": "text",
}

MATCH_CHANGES: Final = {
    "changed_at": "timestamptz",
    "entity": "text",
    "name_raw": "text",
    "line_count": "int4",
    "old_menu_item_id": "int4",
    "old_variant_id": "int4",
    "old_confidence": "numeric",
    "old_method": "text",
    "new_menu_item_id": "int4",
    "new_variant_id": "int4",
    "new_confidence": "numeric",
    "new_method": "text",
    "reason": "text",
    "run_id": "text",
}

MATCHES: Final = {"kind": "text", "name_raw": "text", "petpooja_id": "text", **LINK}

STAGES: Final[dict[str, dict[str, str]]] = {
    "stage_orders": {
        **ORDERS,
        "restaurant_id": "int4",
        "customer_id": "int4",
        "order_id": "int4",
        "stale_id": "int4",
        "old_stream_id": "int8",
        "action": "text",
    },
    "stage_raws": RAWS,
    "stage_items": {**ITEMS, "order_item_id": "int4", "is_new": "bool"},
    "stage_addons": {**ADDONS, "order_item_addon_id": "int4"},
    "stage_taxes": TAXES,
    "stage_discounts": DISCOUNTS,
    "stage_flags": FLAGS,
    "stage_rejects": REJECTS,
    "stage_events": EVENTS,
}
"""Emptied for each part of a load."""

KEPT_STAGES: Final[dict[str, dict[str, str]]] = {"stage_matches": MATCHES, "touched_orders": {"order_id": "int4"}}
"""Filled up over a whole load: names are matched once, and the menu's flags are looked at once, at the end."""

KEYS: Final = {
    "stage_orders": "order_no",
    "stage_raws": "order_no",
    "stage_items": "order_no, line_no",
    "stage_addons": "order_no, line_no, addon_no",
    "stage_taxes": "order_no, line_no",
    "stage_discounts": "order_no, line_no",
}
"""Primary keys. Nobody knows how full a table is that was filled a moment ago; without them joins take minutes."""
