"""A dealership's cars as a feed for Google's vehicle listings.

What belongs here: the attributes and the text forms of that feed, and which cars it cannot hold. What does
not: uploading it, choosing the cars (eligibility.py).

Source: Google, "Vehicle listings: feed specification". A car that lacks a required attribute would be refused
there, so it is left out here and named. Used cars are always left out: the feed requires their mileage, and
the scrapes do not carry it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from ops_platform.core.csvtext import column_texts, csv_text
from ops_platform.vehicles.exports import sort_vehicles
from ops_platform.vehicles.vin import check_vins

_REQUIRED: Final = ("make", "model", "year", "price")


@dataclass(frozen=True)
class OmittedCar:
    """A car the feed cannot hold, and why, in words for a person."""

    vin: str
    reason: str


@dataclass(frozen=True)
class GoogleFeed:
    """The feed file (UTF-8 CSV), how many cars it holds, and those it leaves out."""

    content: bytes
    rows: int
    omitted: tuple[OmittedCar, ...]


def google_feed_csv(
    frame: pd.DataFrame, *, store_code: str, dealership_name: str, dealership_address: str
) -> GoogleFeed:
    """The feed of one dealership, cars sorted by VIN.

    `frame` holds stored vehicles, one car a row; `store_code` is any code unique to the dealership;
    `dealership_address` is the full one: street, city, region, postal code, country.
    """
    cars = sort_vehicles(frame, ())
    reasons = _omission_reasons(cars)
    fits = np.array([reason is None for reason in reasons], dtype=bool)
    omitted = [
        OmittedCar(vin, reason) for vin, reason in zip(cars["vin"].tolist(), reasons, strict=True) if reason is not None
    ]
    listed = cars[fits]
    count = len(listed)
    table = {
        "vin": column_texts(listed["vin"]),
        "id": column_texts(listed["stock"]),
        "store_code": [store_code] * count,
        "dealership_name": [dealership_name] * count,
        "dealership_address": [dealership_address] * count,
        "link": column_texts(listed["vehicle_url"]),
        "date_in_stock": column_texts(listed["date_in_stock"]),
        "price": _dollars(listed["price"]),
        "vehicle_msrp": _dollars(listed["msrp"]),
        "condition": ["new"] * count,
        "make": column_texts(listed["make"]),
        "model": column_texts(listed["model"]),
        "trim": column_texts(listed["trim"]),
        "year": column_texts(listed["year"]),
    }
    content = csv_text(list(table), list(zip(*table.values(), strict=True))).encode()
    return GoogleFeed(content, count, tuple(omitted))


def _omission_reasons(cars: pd.DataFrame) -> list[str | None]:
    reasons: list[str | None] = []
    # A stored car without make or model has empty text there, never NULL.
    absent = cars[list(_REQUIRED)].replace("", None).isna().to_numpy()
    mistyped = ["check_digit" in codes for codes in check_vins(cars["vin"], cars["year"], cars["make"])]
    for condition, gaps, bad_vin in zip(cars["vehicle_condition"].tolist(), absent, mistyped, strict=True):
        if condition != "new":
            reasons.append("a used car needs its mileage, which the scrape does not carry")
        elif gaps.any():
            missing = [name for name, gap in zip(_REQUIRED, gaps, strict=True) if gap]
            reasons.append(f"no {', no '.join(missing)}")
        elif bad_vin:
            reasons.append("the check digit of the VIN is wrong, which the feed refuses")
        else:
            reasons.append(None)
    return reasons


def _dollars(column: pd.Series) -> list[str]:
    return [f"{text} USD" if text else "" for text in column_texts(column)]
