"""What stands in the columns of the restaurant tables: shown in the UI's catalogue. A test compares it with the tables.

Only names, types and meanings belong here; the tables and views themselves are made by sql/migrations.
"""

from __future__ import annotations

Columns = dict[str, tuple[str, str]]

_WRITTEN: Columns = {
    "created_at": ("timestamp with time zone", "when the row was written"),
    "updated_at": ("timestamp with time zone", "when it was last changed"),
}
_LINK: Columns = {
    "menu_item_id": ("integer", "what it is on the menu; empty without a link"),
    "variant_id": ("integer", "its size"),
}
_MATCH: Columns = {
    "match_confidence": ("numeric(5,2)", "0-100: how sure the link is; without one, how near the best candidate came"),
    "match_method": ("varchar(50)", "exact, fuzzy or manual; empty without a link"),
}

MENU: Columns = {
    "menu_item_id": ("integer", "number of the item"),
    "name": ("varchar(255)", "what it is called"),
    "type": ("varchar(50)", "Ice Cream, Dessert, Drinks, Extra, Combo, Service"),
    "is_active": ("boolean", "whether it is sold"),
    "is_verified": ("boolean", "whether a person looked at it"),
    **_WRITTEN,
}

ALIASES: Columns = {
    "alias_id": ("bigint", "number of the decision"),
    "raw_name_norm": ("text", "the name, made comparable; one decision a name is in force"),
    "raw_name": ("text", "the name as a bill wrote it"),
    "menu_item_id": ("integer", "the item a person chose; empty: it is no item"),
    "variant_id": ("integer", "the size a person chose"),
    "source": ("text", "manual, learned or import"),
    "verified_by": ("text", "who decided"),
    "note": ("text", "why, if somebody wrote it down"),
    "created_at": ("timestamp with time zone", "when it was decided"),
    "replaced_at": ("timestamp with time zone", "when another decision took its place; empty: in force"),
}

ORDERS: Columns = {
    "order_id": ("integer", "number of the order"),
    "petpooja_order_id": ("bigint", "PetPooja's number, which it uses again"),
    "stream_id": ("bigint", "position of its newest event in the stream"),
    "event_id": ("varchar(100)", "that event"),
    "aggregate_id": ("varchar(100)", "the stream's name for the order"),
    "restaurant_id": ("integer", "the restaurant"),
    "customer_id": ("integer", "the customer, if the setting restaurant.customer_identity keeps any"),
    "occurred_at": ("timestamp with time zone", "when the event happened"),
    "created_on": ("timestamp with time zone", "when the bill was made"),
    "business_date": ("date", "the operating day"),
    "order_type": ("varchar(50)", "Delivery, Dine In, Pick Up"),
    "order_from": ("varchar(50)", "the channel: POS, Zomato, Swiggy ..."),
    "sub_order_type": ("varchar(100)", "a finer channel"),
    "order_from_id": ("varchar(100)", "the channel's number of the order"),
    "payment_type": ("varchar(50)", "how it was paid"),
    "order_status": ("varchar(50)", "Success, Cancelled, Complimentary; another one was never explained"),
    "biller": ("varchar(100)", "who made the bill"),
    "assignee": ("varchar(100)", "who served it"),
    "table_no": ("varchar(50)", "the table"),
    "token_no": ("varchar(50)", "the token"),
    "no_of_persons": ("integer", "guests"),
    "customer_invoice_id": ("varchar(100)", "number of the invoice"),
    "core_total": ("numeric(10,2)", "rupees of the lines, before discount, tax and charges"),
    "tax_total": ("numeric(10,2)", "rupees of tax"),
    "discount_total": ("numeric(10,2)", "rupees taken off"),
    "delivery_charges": ("numeric(10,2)", "rupees"),
    "packaging_charge": ("numeric(10,2)", "rupees"),
    "service_charge": ("numeric(10,2)", "rupees"),
    "round_off": ("numeric(10,2)", "rupees that make the total even"),
    "total": ("numeric(10,2)", "rupees the customer paid"),
    "comment": ("text", "what was written on the bill"),
    "raw": ("jsonb", "the event as it came, without the customer"),
    "load_id": ("bigint", "the file or page its newest event came with"),
    **_WRITTEN,
}

ITEMS: Columns = {
    "order_item_id": ("integer", "number of the line"),
    "order_id": ("integer", "the order"),
    **_LINK,
    "petpooja_itemid": ("bigint", "PetPooja's number of the item in its size"),
    "itemcode": ("varchar(100)", "PetPooja's short code"),
    "name_raw": ("varchar(500)", "the name as the bill writes it"),
    "category_name": ("varchar(255)", "PetPooja's category"),
    "quantity": ("integer", "pieces"),
    "unit_price": ("numeric(10,2)", "rupees for one at the time, its add-ons included"),
    "total_price": ("numeric(10,2)", "rupees of the line, before discount and tax"),
    "tax_amount": ("numeric(10,2)", "rupees of tax on the line"),
    "discount_amount": ("numeric(10,2)", "rupees of the order's discount that fell on the line"),
    "specialnotes": ("text", "what the guest asked for"),
    "sap_code": ("varchar(100)", ""),
    "vendoritemcode": ("varchar(100)", "the channel's code"),
    **_MATCH,
    "created_at": ("timestamp without time zone", ""),
    "updated_at": ("timestamp without time zone", ""),
}

ADDONS: Columns = {
    "order_item_addon_id": ("integer", "number of the add-on"),
    "order_item_id": ("integer", "the line it was added to"),
    **_LINK,
    "petpooja_addonid": ("varchar(100)", "PetPooja's number of the add-on"),
    "name_raw": ("varchar(255)", "the name as the bill writes it"),
    "group_name": ("varchar(100)", "what one could choose from, like Cuporcone"),
    "quantity": ("integer", "pieces for each piece of the line"),
    "price": ("numeric(10,2)", "rupees for one, mostly 0; part of the line's unit price"),
    "addon_sap_code": ("varchar(100)", ""),
    **_MATCH,
    "created_at": ("timestamp without time zone", ""),
}

QUEUE: Columns = {
    "raw_name_norm": ("text", "the name, made comparable"),
    "raw_name": ("text", "the name as a bill wrote it"),
    "clean_name": ("text", "the name as the rules clean it"),
    "clean_type": ("text", "the type the rules read from it"),
    "clean_variant": ("text", "the size the rules read from it"),
    "line_count": ("integer", "lines and add-ons of that name"),
    "revenue": ("numeric(12,2)", "rupees of these lines"),
    "first_seen": ("date", "first business day"),
    "last_seen": ("date", "newest business day"),
    "confidence": ("numeric(5,2)", "how near the best candidate came"),
    "reason": ("text", "why it needs a person"),
    "candidates": ("jsonb", "the nearest items, best first"),
    "status": ("text", "open, or what a person decided; settled: the menu or a rule solved it"),
    "decided_by": ("text", "who"),
    "decided_at": ("timestamp with time zone", "when"),
    "alias_id": ("bigint", "the decision"),
    "updated_at": ("timestamp with time zone", "when the row was last changed"),
}

UNIFIED_SALES: Columns = {
    "sold_as": ("text", "item (a line of the bill) or addon (added to a line)"),
    "order_id": ("integer", "number of the order"),
    "order_item_id": ("integer", "the line; of an add-on, the line it was added to"),
    "order_item_addon_id": ("integer", "the add-on; empty for a line"),
    "restaurant_id": ("integer", "the restaurant"),
    "business_date": ("date", "the operating day"),
    "order_from": ("varchar(50)", "the channel: POS, Zomato, Swiggy ..."),
    "order_type": ("varchar(50)", "Delivery, Dine In, Pick Up"),
    "name_raw": ("text", "the name as the bill writes it"),
    "menu_item_id": ("integer", "what it is on the menu; empty without a link"),
    "menu_item": ("varchar(255)", "its name on the menu"),
    "item_type": ("varchar(50)", "its type on the menu: Ice Cream, Dessert, Drinks, Extra ..."),
    "variant_id": ("integer", "its size"),
    "variant": ("varchar(100)", "name of the size"),
    "quantity": (
        "integer",
        "pieces; of an add-on its quantity times that of its line (not times, where addon_money is on_top_once)",
    ),
    "revenue": (
        "numeric(10,2)",
        "rupees before discount and tax that no other row counts; of an add-on 0 unless it is on top of its line",
    ),
    "amount": (
        "numeric(10,2)",
        "rupees before discount and tax the bill asks for it; those of an add-on are mostly in the revenue of its line",
    ),
    "discount": ("numeric", "rupees of the order's discount that fell on the line; 0 for an add-on"),
    "tax": ("numeric", "rupees of tax on the line; 0 for an add-on"),
    "match_method": ("varchar(50)", "how it was linked: exact, fuzzy, manual; empty without a link"),
    "match_confidence": (
        "numeric(5,2)",
        "0-100: how sure the link is; without one, how near the best candidate came",
    ),
}
