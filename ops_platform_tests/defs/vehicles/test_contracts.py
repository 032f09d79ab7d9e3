"""The data contracts: sound rows keep them, every breach is found and named, all at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from ops_platform.defs.vehicles import contracts

SEEN = date(2026, 3, 7)


def cars(**changes: Any) -> pd.DataFrame:
    """Two cars; a change is the second one's."""
    row = {
        "vin": "1HGCM82633A004352",
        "vehicle_condition": "new",
        "on_lot_status": "onlot",
        "year": 2024,
        "make": "Honda",
        "location": "Columbia Honda",
        "price": 30_000.0,
        "msrp": 31_000.0,
        "eligible": True,
        "ineligible_reason": None,
        "vin_scan_count": 1,
        "first_seen_date": SEEN,
        "last_seen_date": SEEN,
    }
    return pd.DataFrame([row, row | {"vin": "WBAJA7C50KK123456"} | changes])


def raw(**changes: Any) -> pd.DataFrame:
    row = {
        "line_no": 2,
        "vin": "1HGCM82633A004352",
        "type": "New",
        "year": 2024,
        "make": "Honda",
        "location": "Columbia Honda",
        "price": -1000.0,  # raw rows hold what the site says
        "msrp": None,
        "is_duplicate": False,
    }
    return pd.DataFrame([row, row | {"line_no": 3} | changes])


def test_sound_frames_keep_their_contract() -> None:
    assert contracts.NORMALIZED.violations(cars(price=None, msrp=None)) == []
    assert contracts.RAW.violations(raw()) == []
    assert contracts.NORMALIZED.violations(cars()[:0]) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"vin": "1HGCM82633A00435"}, "vin: must be a VIN"),
        ({"vin": "1HGCM82633A0O4352"}, "vin: must be a VIN"),
        ({"vin": None}, "vin: must be a VIN"),
        ({"vehicle_condition": "demo"}, "vehicle_condition"),
        ({"on_lot_status": None}, "on_lot_status"),
        ({"year": 24}, "year"),
        ({"make": "  "}, "make: must be text that is not blank"),
        ({"location": None}, "location"),
        ({"price": 0.0}, "price"),
        ({"msrp": -1.0}, "msrp"),
        ({"vin_scan_count": 0}, "vin_scan_count"),
        ({"last_seen_date": None}, "last_seen_date"),
        ({"last_seen_date": date(2026, 3, 6)}, "first_seen_date is not after last_seen_date: not so in 1 rows"),
        ({"vin": "1HGCM82633A004352"}, "one row a car and dealership: not so in 2 rows"),
        ({"eligible": False}, "a car that is not eligible says why"),
        ({"ineligible_reason": "year_below_min"}, "an eligible one does not"),
    ],
)
def test_a_breach_of_the_inventory_is_named(changes: dict[str, Any], says: str) -> None:
    [found] = contracts.NORMALIZED.violations(cars(**changes))
    assert says in found


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"line_no": 0}, "line_no"),
        ({"type": ""}, "type"),
        ({"year": 2200}, "year"),
        ({"vin": "x"}, "vin"),
        ({"price": 1e12}, "price"),
        ({"is_duplicate": None}, "is_duplicate"),
    ],
)
def test_a_breach_of_the_raw_rows_is_named(changes: dict[str, Any], says: str) -> None:
    [found] = contracts.RAW.violations(raw(**changes))
    assert found.startswith(says)


def test_every_breach_is_told_at_once_with_how_many_rows_and_examples() -> None:
    found = contracts.NORMALIZED.violations(cars(vin="x", year=1, price=0.0))
    assert len(found) == 3
    assert "(1 rows, like 'x')" in found[0]


def test_a_missing_column_is_a_breach() -> None:
    [found] = contracts.NORMALIZED.violations(cars().drop(columns="price"))
    assert "price" in found


@pytest.mark.parametrize("contract", [contracts.RAW, contracts.NORMALIZED], ids=lambda contract: contract.name)
def test_the_contract_is_written_out_for_people(contract: contracts.Contract) -> None:
    text = contract.described()
    assert "**vin**" in text
    assert all(rule.markdown_description in text for rule in contract.rows)
