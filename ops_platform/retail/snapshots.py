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
PHOTO_FOLDER: Final = {"name": "file name", "bytes": "int", "age_seconds": "float, since it was last written"}
OWN: Final = {"key": "text", "value": "what was written last", "applied_at": "datetime, aware"}
PUBLISHED: Final = {"name": "", "rows": "int", "sha256": "", "published_at": "datetime, aware"}
