"""The columns of what automations ask for (automation.py), so that adapters, rules and tests agree. Nothing else.

All columns are of type object: text, int, Decimal, date, bool or None, never NaN. Text of the point of sale comes
trimmed on the right, empty text as None; codes (category, brand, status) in capitals, as SQL Server would compare them.
"""

from __future__ import annotations

from typing import Final

ITEMS: Final = {
    "item_no": "text, never a number: 10093 and BTSP4MP both occur",
    "descr": "short description",
    "long_descr": "description",
    "web_title": "ADDL_DESCR_1; EXCLUDE hides the item from reports",
    "category": "CATEG_COD",
    "status": "A active, V inactive, D discontinued",
    "item_type": "ITEM_TYP: I inventory, N non-inventory, S service",
    "tracks_stock": "bool, TRK_INV",
    "vendor": "ITEM_VEND_NO",
    "price": "Decimal or None, PRC_1",
    "regular_price": "Decimal or None, REG_PRC",
    "is_web_item": "bool, IS_ECOMM_ITEM",
    "is_web_visible": "bool, USR_CPC_IS_ENABLED; None in the column counts as visible",
    "is_parent": "bool, IS_ADM_TKT: the row that stands for a bound product",
    "binding_id": "B#### of a bound product or None",
    "variant_name": "text or None",
    "brand": "PROF_COD_1 or None",
    "stock_buffer": "Decimal or None, PROF_NO_1",
    "always_online": "Y, N or None",
    "featured": "Y, N or None, ECOMM_NEW",
    "sort_order": "text or None: a number kept as text",
    "last_maintained": "datetime or None",
}
STOCK: Final = {"item_no": "", "available": "Decimal, sum of QTY_AVAIL", "on_order": "Decimal, sum of QTY_ON_PO"}
SALES: Final = {"item_no": "", "units": "Decimal, sold less returned", "revenue": "Decimal, sold less returned"}
RECEIVINGS: Final = {"item_no": "", "received_on": "date"}
OPEN_DOCUMENTS: Final = {"item_no": ""}
CATALOGUE: Final = {
    "product_id": "int",
    "sku": "text or None",
    "name": "text",
    "total_sold": "int",
    "related_products": "list of int, [-1] means automatic",
    "sort_order": "int",
    "is_featured": "bool",
    "is_visible": "bool",
}
PRODUCT_MAP: Final = {"key": "an item number, or the binding id of a bound product", "product_id": "int"}
WEB_DESCRIPTIONS: Final = {"item_no": "", "characters": "int, HTML counted too, 200 at most; 0 for an empty one"}
PHOTO_FOLDER: Final = {"name": "file name", "bytes": "int", "age_seconds": "float, since it was last written"}
OWN: Final = {"key": "text", "value": "what was written last", "applied_at": "datetime, aware"}
PUBLISHED: Final = {"name": "", "rows": "int", "sha256": "", "published_at": "datetime, aware"}
LEADS: Final = {
    "lead_id": "12 hex digits, the same wherever the lead was read",
    "received_at": "datetime, aware, in the store's zone",
    "first_name": "text or None",
    "last_name": "text or None",
    "email": "lower case, or None",
    "phone": "as the customer wrote it, or None",
    "interested_in": "tuple of text",
    "timeline": "text or None",
    "street": "text or None",
    "city": "text or None",
    "state": "text or None",
    "zip_code": "text or None",
    "comments": "text or None, one line",
    "source": "csv or intake",
}
STOCK_REQUESTS: Final = {
    "request": "what the keys of its coupon and mail go by",
    "requested_at": "datetime, aware, in the store's zone: of the first of its rows",
    "email": "lower case",
    "item_no": "in capitals",
    "rows": "int, how often it was asked for",
    "codes": "tuple of text: the coupon's code, by attempt",
    "source": "csv or intake",
}
REJECTED_ROWS: Final = {
    "file": "name of the file",
    "line": "int, from 1",
    "column": "empty when the whole row is meant",
    "code": "of notes.py",
    "detail": "what is wrong and what to do",
    "raw": "the row as it stands in the file",
}
CUSTOMERS: Final = {
    "cust_no": "text, never a number: 1001 and OL-10123 both occur",
    "first_name": "text or None",
    "last_name": "text or None",
    "name": "NAM: the whole name, or the firm's",
    "name_type": "P person, B business",
    "category": "RETAIL, WHOLESALE, ...",
    "contact_1": "text or None; without a letter when it holds only blanks",
    "phone_1": "as somebody typed it",
    "phone_2": "text or None",
    "mobile_1": "text or None; this store keeps landlines in it",
    "mobile_2": "text or None",
    "email_1": "as somebody typed it",
    "email_2": "text or None",
    "street": "text or None",
    "city": "text or None",
    "state": "text or None",
    "zip_code": "text or None",
    "birth_month": "text: 1, 01 .. 12, or anything else somebody typed",
    "spouse_birth_month": "as birth_month",
    "mail_opt_in": "Y, N or None: INCLUDE_IN_MARKETING_MAILOUTS",
    "loyalty_program": "code or None: in no program",
    "loyalty_card": "text or None",
    "points": "Decimal, LOY_PTS_BAL",
    "points_earned": "Decimal, in all",
    "points_redeemed": "Decimal, in all",
    "points_adjusted": "Decimal, in all: points = earned - redeemed + adjusted",
    "loyalty_adjusted_on": "date or None",
    "loyalty_last_adjustment": "Decimal or None",
    "first_sale": "date or None",
    "last_sale": "date or None",
    "last_sale_amount": "Decimal or None",
    "sms_consent_1": "Y, N or None",
    "sms_consent_2": "Y, N or None",
}
CUSTOMER_TICKETS: Final = {
    "cust_no": "who the ticket is of, or None: nobody, or a walk-in customer",
    "ticket": "its number; a refund's is that of the ticket it refunds with R1, R2 ... behind it",
    "day": "date, the business day",
    "store": "STR_ID or None; each store numbers its own tickets",
    "subtotal": "Decimal, before tax; negative for what was brought back",
    "item_no": "text or None; a row a ticket and item",
    "sold": "Decimal, pieces sold on it, never negative",
    "returned": "Decimal, pieces brought back on it, never negative",
    "all_read": "bool: every ticket of its customer is here; else it stands here for its number alone",
}
LAST_SUCCESS: Final = {"as_of": "datetime, aware"}
FIRST_SUCCESS: Final = {"as_of": "datetime, aware"}
EXPORTED: Final = {"name": "", "text": "without a byte order mark"}
FOLLOWED_UP: Final = {
    "lead_id": "",
    "status": "of the mail it stands in (core/effects.STATUSES)",
    "is_elsewhere": "bool: a mail of the sandbox while the real system counts now, or the other way round",
}
EFFECT_STATES: Final = {
    "key": "of the effect",
    "status": "one of core/effects.STATUSES",
    "provider_id": "text or None: what the other side calls it",
    "changed_at": "datetime, aware",
}
ITEMS_TOLD: Final = {
    "item_no": "as the point of sale has it, or a binding id",
    "mails": "int: that went out, or are to",
}
PRODUCT_PAGES: Final = {
    "product_id": "int",
    "path": "text or None: of its page, from the slash after the shop's name",
    "description": "HTML, may be empty",
}
COUPONS: Final = {
    "coupon_id": "int",
    "code": "text",
    "name": "text",
    "type": "text",
    "amount": "Decimal or None",
    "min_purchase": "Decimal or None",
    "expires": "datetime, aware, or None when it never does or cannot be read",
    "expires_text": "what stands there",
    "enabled": "bool",
    "uses": "int",
    "max_uses": "int, 0: any number",
}
PROMOTIONS: Final = {
    "promotion_id": "int",
    "name": "text",
    "ends": "datetime, aware, or None",
    "uses": "int",
}
REACHABILITY: Final = {
    "host": "as in the settings",
    "is_reached": "bool",
    "milliseconds": "int or None: until it answered",
    "detail": "why it did not, else empty",
    "checked_at": "datetime, aware: when it was asked",
}
AT_WORK: Final = {"what": "what is at work, as a person calls it"}
COMPETITOR_LISTS: Final = {
    "site": "its name in the settings",
    "engine": "browser or http",
    "scraped_at": "datetime, aware",
    "seconds": "float",
    "rows": "frame of scraping.COLUMNS, or None when it could not be read",
    "notes": "list of notes (automation.note)",
    "error": "text or None: why it could not be read, and where what was seen is kept",
}
LISTS_BEFORE: Final = {
    "site": "its name",
    "scraped_on": "date",
    "key": "this and the other columns of scraping.COLUMNS",
}
BACKUP_SOURCES: Final = {
    "name": "of the target; database is the platform's own",
    "src": "folder, file, or the database without its password",
    "problem": "why it cannot be read, else empty",
}
BACKUP_COPIES: Final = {
    "name": "of the target",
    "day": "date of the copy",
    "made_at": "ISO moment its run worked for, or None when its manifest cannot be read",
    "is_complete": "bool: everything can be restored from it",
    "files": "int",
    "bytes": "int",
    "problem": "why its manifest cannot be believed, else empty",
}
