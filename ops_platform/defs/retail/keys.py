"""The names of the retail assets: what is read, what is kept in memory of it, who works on it, what comes out.

Only names and what they stand for belong here. Automations are never listed: they come from the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import dagster as dg

from ops_platform.retail import automation as ask
from ops_platform.retail import snapshots
from ops_platform.retail.automation import Automation
from ops_platform.retail.registry import AUTOMATIONS
from ops_platform.settings_retail import RetailSettings

GROUP: Final = "retail"
OWNERS: Final = ["team:retail-automation"]
STEP: Final = "run_automations"

TABLES: Final = {
    "IM_ITEM": "Items: names, prices, status, and the columns this store uses for brand, buffer, binding and web shop.",
    "IM_INV": "Stock by item and location; what is available is computed there: on hand less committed.",
    "PS_TKT_HIST_LIN": "Lines of every ticket ever rung up; sales less returns are summed by the server.",
    "PO_RECVR_HIST_LIN": "What was received from vendors, and when: new in stock.",
    "PS_DOC_LIN": "Lines of open orders and holds.",
    "CPI_BC_PRODUCTS": "The connector's map from an item or binding to its product of the web shop.",
    "CPI_BC_PROD": "The connector's map from a size to its product of the web shop.",
}
"""Tables of the point of sale that are read, with what is in them."""


class Snapshot(NamedTuple):
    """What is read for automations: of which tables, with which columns, and what it is."""

    tables: tuple[str, ...]
    columns: Mapping[str, str]
    description: str
    kind: str = "pandas"


SNAPSHOTS: Final = {
    "items": Snapshot(("IM_ITEM",), snapshots.ITEMS, "Every item of the point of sale."),
    "stock": Snapshot(("IM_INV",), snapshots.STOCK, "Stock by item, summed over the locations that count."),
    "item_sales": Snapshot(("PS_TKT_HIST_LIN",), snapshots.SALES, "Units and revenue by item, sold less returned."),
    "receivings": Snapshot(("PO_RECVR_HIST_LIN",), snapshots.RECEIVINGS, "The newest day each item was received."),
    "open_documents": Snapshot(("PS_DOC_LIN",), snapshots.OPEN_DOCUMENTS, "Items on open orders and holds."),
    "product_map": Snapshot(
        ("CPI_BC_PRODUCTS", "CPI_BC_PROD"), snapshots.PRODUCT_MAP, "Which product of the web shop an item is."
    ),
    "catalogue": Snapshot((), snapshots.CATALOGUE, "The web shop's products, read through its API.", "api"),
    "photo_folder": Snapshot((), snapshots.PHOTO_FOLDER, "The files in the folder of product photos.", "file"),
}
_READ_AS: Final = {
    ask.Items: "items",
    ask.Stock: "stock",
    ask.Sales: "item_sales",
    ask.Receivings: "receivings",
    ask.OpenDocuments: "open_documents",
    ask.ProductMap: "product_map",
    ask.Catalogue: "catalogue",
    ask.PhotoFolder: "photo_folder",
}
FILES: Final = {
    "availability.csv": "What everybody can buy today, with price and quantity: item, description, price, available.",
    "commercial.csv": "The same for wholesale customers, at wholesale prices, of the categories they buy.",
}
"""Files on the web shop's file server, with what is in them."""


def of_table(name: str) -> dg.AssetKey:
    """The key of a table of the point of sale."""
    return dg.AssetKey(["counterpoint", name])


def of_snapshot(name: str) -> dg.AssetKey:
    """The key of what is read for automations."""
    return dg.AssetKey([GROUP, name])


def of_file(name: str) -> dg.AssetKey:
    """The key of a published file."""
    return dg.AssetKey(["webdav", name])


PRODUCTS: Final = dg.AssetKey(["bigcommerce", "products"])
ITEMS, STOCK = of_snapshot("items"), of_snapshot("stock")


def of_automation(automation: Automation) -> dg.AssetKey:
    """The key of an automation."""
    return dg.AssetKey([GROUP, automation.name])


BY_KEY: Final = {of_automation(automation): automation for automation in AUTOMATIONS}


def upstream(automation: Automation) -> list[dg.AssetKey]:
    """What an automation waits for and reads, with the settings as delivered."""
    needed = automation.needs(RetailSettings(), datetime(2026, 1, 1, tzinfo=UTC)).values()
    read = {_READ_AS[type(need)] for need in needed if type(need) in _READ_AS}  # the others are its own records
    before = [key for key, other in BY_KEY.items() if other.name in automation.after]
    return [*map(of_snapshot, sorted(read)), *before]
