"""The names of the retail assets: what is read, what is kept in memory of it, who works on it, what comes out.

Only names and what they stand for belong here. Automations are never listed: they come from the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import dagster as dg

from ops_platform.defs.retail import keys_customers, keys_outside, keys_reports, keys_requests
from ops_platform.defs.retail.automations import AUTOMATIONS
from ops_platform.retail import automation as ask
from ops_platform.retail import snapshots
from ops_platform.retail.automation import Automation
from ops_platform.retail.reports.needs import MayFail
from ops_platform.settings_retail import RetailSettings
from ops_platform.settings_retail_reports import RevenueReportSettings

GROUP: Final = "retail"
OWNERS: Final = ["team:retail-automation"]
STEP: Final = "run_automations"

TABLES: Final = {
    "IM_ITEM": "Items: names, prices, status, and the columns this store uses for brand, buffer, binding and web shop.",
    "IM_INV": "Stock by item and location; what is available is computed there: on hand less committed.",
    "PS_TKT_HIST_LIN": "Lines of every ticket ever rung up; sales less returns are summed by the server.",
    "PO_RECVR_HIST_LIN": "What was received from vendors, and when: new in stock.",
    "PS_DOC_LIN": "Lines of open orders and holds.",
    "EC_ITEM_DESCR": "Descriptions for the web shop, as HTML.",
    "CPI_BC_PRODUCTS": "The connector's map from an item or binding to its product of the web shop.",
    "CPI_BC_PROD": "The connector's map from a size to its product of the web shop.",
    **keys_reports.TABLES,
}
"""Tables of the point of sale that are read, with what is in them."""


class Snapshot(NamedTuple):
    """What is read for automations: of which tables, with which columns, and what it is."""

    tables: tuple[str, ...]
    columns: Mapping[str, str]
    description: str
    kind: str = "pandas"
    places: tuple[keys_outside.Place, ...] = ()


SNAPSHOTS: Final = {
    "items": Snapshot(("IM_ITEM",), snapshots.ITEMS, "Every item of the point of sale."),
    "stock": Snapshot(("IM_INV",), snapshots.STOCK, "Stock by item, summed over the locations that count."),
    "item_sales": Snapshot(("PS_TKT_HIST_LIN",), snapshots.SALES, "Units and revenue by item, sold less returned."),
    "receivings": Snapshot(("PO_RECVR_HIST_LIN",), snapshots.RECEIVINGS, "The newest day each item was received."),
    "open_documents": Snapshot(("PS_DOC_LIN",), snapshots.OPEN_DOCUMENTS, "Items on open orders and holds."),
    "product_map": Snapshot(
        ("CPI_BC_PRODUCTS", "CPI_BC_PROD"), snapshots.PRODUCT_MAP, "Which product of the web shop an item is."
    ),
    "web_descriptions": Snapshot(
        ("EC_ITEM_DESCR",), snapshots.WEB_DESCRIPTIONS, "How long each item's description for the web shop is."
    ),
    "catalogue": Snapshot((), snapshots.CATALOGUE, "The web shop's products, read through its API.", "api"),
    "photo_folder": Snapshot((), snapshots.PHOTO_FOLDER, "The files in the folder of product photos.", "file"),
    **{name: Snapshot(*found) for name, found in keys_reports.SNAPSHOTS.items()},
    **{name: Snapshot(*found) for name, found in keys_customers.SNAPSHOTS.items()},
    **{name: Snapshot(*found) for name, found in keys_outside.SNAPSHOTS.items()},
    **{name: Snapshot(*found) for name, found in keys_requests.SNAPSHOTS.items()},
}
_READ_AS: Final = {
    ask.Items: "items",
    ask.Stock: "stock",
    ask.Sales: "item_sales",
    ask.Receivings: "receivings",
    ask.OpenDocuments: "open_documents",
    ask.ProductMap: "product_map",
    ask.WebDescriptions: "web_descriptions",
    ask.Catalogue: "catalogue",
    ask.PhotoFolder: "photo_folder",
    **keys_reports.READ_AS,
    **keys_customers.READ_AS,
    **keys_outside.READ_AS,
    **keys_requests.READ_AS,
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


def of_place(place: keys_outside.Place) -> dg.AssetKey:
    """The key of a thing outside."""
    return dg.AssetKey(list(place.key))


PRODUCTS: Final = dg.AssetKey(["bigcommerce", "products"])
ITEMS, STOCK = of_snapshot("items"), of_snapshot("stock")


def of_automation(automation: Automation) -> dg.AssetKey:
    """The key of an automation."""
    return dg.AssetKey([GROUP, automation.name])


ALL_ON: Final = RetailSettings(revenue_report=RevenueReportSettings(daily=True))
"""The settings as delivered, with what is off at first switched on: what all automations may read."""
BY_KEY: Final = {of_automation(automation): automation for automation in AUTOMATIONS}


def upstream(automation: Automation) -> list[dg.AssetKey]:
    """What an automation waits for and reads, with the settings as delivered, and what is off at first switched on."""
    needed = automation.needs(ALL_ON, datetime(2026, 1, 1, tzinfo=UTC)).values()
    kinds = {type(need.need if isinstance(need, MayFail) else need) for need in needed}
    read = {_READ_AS[kind] for kind in kinds if kind in _READ_AS}  # the others are its own records
    before = [key for key, other in BY_KEY.items() if other.name in automation.after]
    return [*map(of_snapshot, sorted(read)), *before]


AREAS: Final[Mapping[str, frozenset[int]]] = {
    "retail_customers": frozenset({1, 2, 9, 22, 23, 24, 33}),
    "retail_mails": frozenset({17, 18, 19}),
    "retail_reports": frozenset({15, 16}),
    "retail_texts": frozenset(range(25, 33)),
    "retail_outside": frozenset({3, 20, 21}),
}
"""Groups of the UI by the numbers of their automations. Those between till and web shop (4 to 14) are in `retail`: more
than some twenty boxes are no picture any more."""


def area_of(automation: Automation) -> str:
    """The group an automation is shown in."""
    return next((area for area, numbers in AREAS.items() if automation.number in numbers), GROUP)


def area_of_snapshot(name: str) -> str:
    """The group of what is read: that of the first automations that need it, those of the web shop before others."""
    readers = {area_of(automation) for automation in AUTOMATIONS if of_snapshot(name) in upstream(automation)}
    return next((area for area in (GROUP, *AREAS) if area in readers), GROUP)


def systems_read(automation: Automation, settings: RetailSettings) -> set[str]:
    """The outside systems an automation asks: counterpoint, internet, competitors; none for what is on this machine."""
    needed = automation.needs(settings, datetime(2026, 1, 1, tzinfo=UTC)).values()
    known = {**keys_outside.SYSTEMS, **keys_customers.SYSTEMS, **keys_requests.SYSTEMS}
    asked = {known.get(type(need), "counterpoint") for need in needed}
    return {system for system in asked if system is not None}
