"""Frames of stored vehicles for tests: the columns of normalized_vehicle_data, one good car unless told otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

AS_OF = date(2025, 3, 13)

GOOD_CAR: dict[str, Any] = {
    "vin": "WBAJA7C50KK123456",
    "stock": "STK001",
    "vehicle_condition": "new",
    "on_lot_status": "onlot",
    "year": 2023,
    "make": "BMW",
    "model": "X5",
    "trim": "xDrive40i",
    "ext_color": "Black Sapphire",
    "body_style": "SUV",
    "fuel_type": "Gasoline",
    "status": "In-Stock",
    "price": 65000.0,
    "msrp": 68000.0,
    "date_in_stock": date(2025, 2, 1),
    "location": "BMW of West St. Louis",
    "vehicle_url": "https://example.test/x5?a=1,2",
    "first_seen_date": date(2025, 2, 3),
    "last_seen_date": AS_OF,
    "gone_date": None,
}


def stored_cars(*differences: dict[str, Any]) -> pd.DataFrame:
    """One car for each dict of differences from the good car; without any, an empty frame."""
    rows = [{**GOOD_CAR, **difference} for difference in differences]
    frame = pd.DataFrame(rows, columns=list(GOOD_CAR), dtype=object)
    for column in GOOD_CAR:
        if column in ("price", "msrp"):
            frame[column] = frame[column].astype("float64")
    frame["year"] = frame["year"].astype("Int64")
    return frame
