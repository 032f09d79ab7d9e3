"""What a car's Type, Status and Stock cells mean: new or used, on the lot or not.

What belongs here: the tables and their look-ups. What does not: prices, dates, VINs, whole rows.

A spelling is looked up by letters and digits only, case folded ("In-Transit", "In Transit", "IN_TRANSIT" are
one). To teach the platform a new spelling, add it to a table.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from ops_platform.core.text import fold_key
from ops_platform.vehicles.parsing import map_distinct

TYPES: Final[dict[str, tuple[str, ...]]] = {
    "new": ("New", "Demo"),
    "po": ("Used", "Pre-Owned", "PO"),
    "cpo": ("Certified Pre-Owned", "Certified Used", "Certified", "CPO", "CarBravo"),
}
"""vehicle_condition -> the Types (or `condition`s of the scraper's layout) that mean it."""

STATUSES: Final[dict[str, tuple[str, ...]]] = {
    "onlot": (
        "On-Lot",
        "On The Lot",
        "In-Lot",
        "In Stock",
        "Available",
        "Available at Retailer",
        "FCTP_ReadyForSale",
        "Dealer Retail Stock - Upfitted",
    ),
    "offlot": (
        "Off Lot",
        "In Transit",
        "In Transit to U.S.",
        "Allocated",
        "In-Build-Phase",
        "Build Phase",
        "Being Built",
        "In Production",
        "Arriving Soon",
        "Dealer Ordered",
        "Courtesy Vehicle",
        "Courtesy Transportation Unit",
        "In-Service",
        "In-Service Courtesy Vehicle",
        "In-Service FCTP",
    ),
}
"""on_lot_status -> the Statuses that mean it."""

PLACEHOLDER_STOCKS: Final = ("", "*", "N/A", "NONE", "NULL", "NAN", "AUTO", "TBD", "TBA")
"""What sites write into Stock when they have no stock number."""

NO_STATUS: Final = ("", "*", "N/A", "NONE", "NULL", "NAN")
"""What stands in Status when a site shows none."""


def _by_key(table: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {fold_key(spelling): meaning for meaning, spellings in table.items() for spelling in spellings}


_CONDITION_OF: Final = _by_key(TYPES)
_LOT_OF: Final = _by_key(STATUSES)
_PLACEHOLDER_KEYS: Final = frozenset(map(fold_key, PLACEHOLDER_STOCKS))
_NO_STATUS_KEYS: Final = frozenset(map(fold_key, NO_STATUS))


def condition_of(type_text: str) -> str | None:
    """Return new, po or cpo for a Type in any spelling, or None when it is blank or unknown."""
    return _CONDITION_OF.get(fold_key(type_text))


def lot_of(status_text: str) -> str | None:
    """Return onlot or offlot for a Status in any spelling; "" for no status; None when it is unknown."""
    key = fold_key(status_text)
    return "" if key in _NO_STATUS_KEYS else _LOT_OF.get(key)


def is_placeholder_stock(text: str) -> bool:
    """Return whether a Stock cell holds no stock number: blank, only signs, or a word such as N/A."""
    return fold_key(text) in _PLACEHOLDER_KEYS


def lot_statuses(statuses: pd.Series, conditions: np.ndarray, has_stock: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return on_lot_status per car (onlot, offlot, unknown) and a bool mask of statuses that are unknown.

    statuses: text, "" for none; conditions: new, po or cpo; has_stock: bool. A car without a stock number is
    offlot whatever its status says: it has not arrived. Without a status a used car is taken to be on the
    lot, a new one is unknown.
    """
    lots = map_distinct(statuses, lot_of)
    unknown = pd.isna(lots)
    lots[unknown] = "unknown"
    blank = lots == ""
    lots[blank] = np.where(conditions[blank] == "new", "unknown", "onlot")
    lots[~has_stock] = "offlot"
    return lots, unknown
