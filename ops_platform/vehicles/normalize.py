"""From a scrape's text table to the rows that are stored: the audit trail, the cars, and the rejects.

What belongs here: which rows are rejected and why, which of two rows of one car wins, and what each column of
the result is. What does not: reading the file (layouts), what a dealership wants of its cars (rules,
eligibility), what changed since the last scan (scans).

Every row that was read is accounted for: rows read = vehicles + rejects + duplicates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from ops_platform.core.text import clean_text
from ops_platform.vehicles.conditions import condition_of, is_placeholder_stock, lot_statuses
from ops_platform.vehicles.headers import RAW_FIELDS
from ops_platform.vehicles.layouts import ScrapeTable
from ops_platform.vehicles.locations import LocationDirectory
from ops_platform.vehicles.makes import canonical_make
from ops_platform.vehicles.parsing import (
    PRICE_CODES,
    map_distinct,
    object_array,
    parse_dates,
    parse_fuel,
    parse_prices,
    parse_years,
)
from ops_platform.vehicles.rejecting import find_rejects
from ops_platform.vehicles.vin import check_vins, clean_vin

FLAGS: Final = {
    "price_zero": "The price is zero or less: stored as missing.",
    "price_over_500k": "The price is above $500,000: kept, worth a look.",
    "price_text": "The dealership wants a call instead of showing a price: stored as missing.",
    "price_unreadable": "The price could not be read for certain: stored as missing.",
    "msrp_zero": "The MSRP is zero or less: stored as missing.",
    "msrp_over_500k": "The MSRP is above $500,000: kept, worth a look.",
    "msrp_text": "The MSRP is words: stored as missing.",
    "msrp_unreadable": "The MSRP could not be read for certain: stored as missing.",
    "date_unreadable": "Date In Stock is no MM/DD/YYYY, YYYY/MM/DD or YYYY-MM-DD: stored as missing.",
    "unknown_status": "The Status is not in the table of statuses: whether the car is on the lot is unknown.",
    "fuel_junk": "Fuel Type holds serialised program data: its readable part is stored, if there is one.",
    "url_unusable": "The URL is no http(s) address: stored as missing, so that no QR code is made of it.",
    "make_missing": "The Make is empty.",
    "model_missing": "The Model is empty.",
}
"""Each code in `vehicles.flags` and what it tells a person. A flagged car is loaded."""

_CLEANED: Final = (
    *("type", "make", "model", "trim", "ext_color", "status", "body_style", "street_address", "locality"),
    *("postal_code", "region", "country"),
)
_RAW_COLUMNS: Final = ["line_no", *RAW_FIELDS, "price_text", "msrp_text", "dealership_name", "is_duplicate"]
_VEHICLE_COLUMNS: Final = [
    *("line_no", "vin", "stock", "vehicle_condition", "on_lot_status", "year", "make", "model", "trim"),
    *("ext_color", "body_style", "fuel_type", "status", "price", "msrp", "date_in_stock", "location"),
    *("vehicle_url", "vin_warnings", "flags"),
]
_NO_LOCATION: Final = "(no location)"
_web_address: Final = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE).fullmatch


@dataclass(frozen=True)
class NormalizedScrape:
    """A scrape ready to be stored. Text is str or None (missing), dates are datetime.date or None.

    raw: every row that was not rejected, duplicates too, in file order: line_no int64, the RAW_FIELDS (year
    Int64, price and msrp float dollars with NaN, date_in_stock date, text cleaned), price_text and msrp_text
    (as shown on the page), dealership_name (what location means), is_duplicate bool.
    vehicles: one row per (vin, location), the last one of the file: line_no, vin, stock (None when missing or a
    placeholder), vehicle_condition (new, po, cpo), on_lot_status (onlot, offlot, unknown), year Int64, make
    (canonical) and model ("" when missing), trim, ext_color, body_style, fuel_type, status, price, msrp,
    date_in_stock, location (the dealership's name), vehicle_url (None unless http or https), vin_warnings (list
    of vin.WARNINGS), flags (list of FLAGS).
    rejects: REJECT_COLUMNS, those of the reading included, by line.
    counts: location, total, imported, rejected, duplicate; one row per dealership, unknown location, and
    "(no location)".
    """

    raw: pd.DataFrame
    vehicles: pd.DataFrame
    rejects: pd.DataFrame
    counts: pd.DataFrame


def normalize(table: ScrapeTable, directory: LocationDirectory, *, scan_date: date) -> NormalizedScrape:
    """Normalise the rows of a scrape file.

    directory: which dealership a location means. scan_date: the day of the scrape; model years are believed up
    to two years after it. One bad row never stops the others: it goes to `rejects` with every reason.
    """
    texts = table.frame
    parsed = pd.DataFrame(
        {
            "line_no": texts["line_no"],
            "vin": object_array(map(clean_vin, texts["vin"])),
            "year": parse_years(texts["year"]),
            "location": map_distinct(texts["location"], clean_text),
            "dealership_name": map_distinct(texts["location"], directory.resolve),
            "vehicle_condition": map_distinct(texts["type"], condition_of),
        },
        copy=False,
    )
    new_rejects = find_rejects(parsed, texts, directory, scan_date=scan_date)
    if len(new_rejects):
        kept = np.ones(len(texts), dtype=bool)
        kept[new_rejects.index] = False
        texts, parsed = texts[kept].reset_index(drop=True), parsed[kept].reset_index(drop=True)
    raw, codes = _raw(texts, parsed)
    vehicles = _vehicles(raw, codes)
    rejects = pd.concat([table.rejects, new_rejects], ignore_index=True)
    rejects = rejects.sort_values("line_no", kind="stable", ignore_index=True)
    return NormalizedScrape(raw, vehicles, rejects, counts=_counts(raw, rejects, directory))


def _raw(texts: pd.DataFrame, parsed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The accepted rows with values for text, and per row what `_vehicles` needs besides them."""
    price, price_code = parse_prices(texts["price"])
    msrp, msrp_code = parse_prices(texts["msrp"])
    days, unreadable = parse_dates(texts["date_in_stock"])
    fuels = map_distinct(texts["fuel_type"], parse_fuel)
    columns: dict[str, Any] = {name: parsed[name] for name in ("line_no", "vin", "year", "location")}
    columns |= {name: map_distinct(texts[name], clean_text) for name in _CLEANED}
    columns |= {name: object_array(text.strip() or None for text in texts[name]) for name in ("stock", "vehicle_url")}
    columns |= {
        "fuel_type": object_array(fuel for fuel, _ in fuels),
        "price": price,
        "msrp": msrp,
        "date_in_stock": days,
        "price_text": map_distinct(texts["price"], clean_text),
        "msrp_text": map_distinct(texts["msrp"], clean_text),
        "dealership_name": parsed["dealership_name"],
        "is_duplicate": parsed.duplicated(["vin", "dealership_name"], keep="last"),
    }
    codes = {
        "vehicle_condition": parsed["vehicle_condition"],
        "price": price_code,
        "msrp": msrp_code,
        "date_unreadable": unreadable,
        "fuel_junk": np.array([junk for _, junk in fuels], dtype=bool),
    }
    raw = pd.DataFrame({name: columns[name] for name in _RAW_COLUMNS}, copy=False)
    return raw, pd.DataFrame(codes, index=raw.index, copy=False)


def _vehicles(raw: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    if raw["is_duplicate"].any():
        codes = codes[~raw["is_duplicate"]].reset_index(drop=True)
        raw = raw[~raw["is_duplicate"]].reset_index(drop=True)
    has_stock = ~map_distinct(raw["stock"].fillna(""), is_placeholder_stock).astype(bool)
    usable = np.fromiter((bool(url and _web_address(url)) for url in raw["vehicle_url"]), bool, len(raw))
    conditions = codes["vehicle_condition"].to_numpy()
    lots, unknown_status = lot_statuses(raw["status"].fillna(""), conditions, has_stock)
    holds = _flagged(raw, codes) | {
        "unknown_status": unknown_status,
        "url_unusable": raw["vehicle_url"].notna().to_numpy() & ~usable,
    }
    columns: dict[str, Any] = {str(name): raw[name] for name in raw.columns}
    columns |= {
        "stock": _kept_where(has_stock, raw["stock"]),
        "vehicle_condition": conditions,
        "on_lot_status": lots,
        "make": map_distinct(raw["make"].fillna(""), canonical_make),
        "model": raw["model"].fillna(""),
        "location": raw["dealership_name"],
        "vehicle_url": _kept_where(usable, raw["vehicle_url"]),
        "vin_warnings": check_vins(raw["vin"], raw["year"], raw["make"]),
        "flags": _lists(holds, len(raw)),
    }
    return pd.DataFrame({name: columns[name] for name in _VEHICLE_COLUMNS}, index=raw.index, copy=False)


def _flagged(raw: pd.DataFrame, codes: pd.DataFrame) -> dict[str, np.ndarray]:
    prices = {
        f"{column}_{code}": (codes[column] == code).to_numpy() for column in ("price", "msrp") for code in PRICE_CODES
    }
    return prices | {
        "date_unreadable": codes["date_unreadable"].to_numpy(),
        "fuel_junk": codes["fuel_junk"].to_numpy(),
        "make_missing": raw["make"].isna().to_numpy(),
        "model_missing": raw["model"].isna().to_numpy(),
    }


def _lists(holds: Mapping[str, np.ndarray], rows: int) -> np.ndarray:
    """Per row the list of the codes that hold for it, in the order of FLAGS."""
    lists: list[list[str]] = [[] for _ in range(rows)]
    for code in FLAGS:
        for position in np.flatnonzero(holds[code]):
            lists[position].append(code)
    return object_array(lists)


def _kept_where(mask: np.ndarray, values: pd.Series) -> np.ndarray:
    kept = values.to_numpy(dtype=object, copy=True)
    kept[~mask] = None
    return kept


def _counts(raw: pd.DataFrame, rejects: pd.DataFrame, directory: LocationDirectory) -> pd.DataFrame:
    named = map_distinct(rejects["location"], lambda text: directory.resolve(text) or text)
    tallies = {
        "imported": Counter(raw.loc[~raw["is_duplicate"], "dealership_name"]),
        "rejected": Counter(name or _NO_LOCATION for name in named),
        "duplicate": Counter(raw.loc[raw["is_duplicate"], "dealership_name"]),
    }
    locations = sorted(set().union(*tallies.values()))
    counts = pd.DataFrame({"location": object_array(locations)})
    for outcome, tally in tallies.items():
        counts[outcome] = np.array([tally[location] for location in locations], dtype=np.int64)
    counts.insert(1, "total", counts[list(tallies)].sum(axis=1))
    return counts
