"""New, used or certified; on the lot or not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ops_platform.vehicles.conditions import condition_of, is_placeholder_stock, lot_of, lot_statuses

# Every spelling found in 29 real files, and those of the scraper's layout.
REAL_TYPES = {
    "New": "new",
    "Demo": "new",
    "new": "new",
    "Used": "po",
    "Pre-Owned": "po",
    "used": "po",
    "pre-owned": "po",
    "Preowned": "po",
    "PO": "po",
    "Certified Pre-Owned": "cpo",
    "Certified": "cpo",
    "certified": "cpo",
    "Certified Used": "cpo",
    "CPO": "cpo",
    "CarBravo": "cpo",
}
ON_LOT = [
    "On-Lot", "In Stock", "In-stock", "In-Stock", "InStock", "On Lot", "available", "Available", "On The Lot",
    "Available at Retailer", "In-Lot", "on lot", "FCTP_ReadyForSale", "Dealer Retail Stock - Upfitted",
]  # fmt: skip
OFF_LOT = [
    "In Transit", "In-Transit", "In-transit", "In-Build-Phase", "Courtesy Vehicle", "Build Phase",
    "In-Service Courtesy Vehicle", "Dealer Ordered", "In-Service FCTP", "Being Built",
    "Courtesy Transportation Unit", "Allocated", "In-service", "In Transit to U.S.", "In Production",
    "Arriving Soon", "off lot", "Off Lot",
]  # fmt: skip


@pytest.mark.parametrize(("text", "condition"), REAL_TYPES.items())
def test_every_real_type_has_its_condition_in_any_spelling(text: str, condition: str) -> None:
    for spelling in (
        text,
        text.upper(),
        f"  {text.lower()} ",
        text.replace("-", " "),
        text.replace(" ", "_"),
        f"<b>{text}</b>",
    ):
        assert condition_of(spelling) == condition, spelling


@pytest.mark.parametrize("text", ["", "-", "Wholesale", "Newish", "Un-Used", "0"])
def test_an_unknown_type_is_not_guessed(text: str) -> None:
    assert condition_of(text) is None


@pytest.mark.parametrize("text", ON_LOT)
def test_every_real_status_of_a_car_on_the_lot_is_known(text: str) -> None:
    assert {lot_of(text), lot_of(text.upper()), lot_of(text.replace("-", " "))} == {"onlot"}


@pytest.mark.parametrize("text", OFF_LOT)
def test_every_real_status_of_a_car_elsewhere_is_known(text: str) -> None:
    assert {lot_of(text), lot_of(text.upper()), lot_of(text.replace(" ", "-"))} == {"offlot"}


@pytest.mark.parametrize(("text", "lot"), [("", ""), (" - ", ""), ("N/A", ""), ("Sold", None), ("In", None)])
def test_no_status_is_told_from_an_unknown_one(text: str, lot: str | None) -> None:
    assert lot_of(text) == lot


@pytest.mark.parametrize("text", ["", " ", "*", "N/A", "n/a", "NONE", "null", "NaN", "AUTO", "tbd", "TBA", "-", "--"])
def test_placeholders_are_no_stock_numbers(text: str) -> None:
    assert is_placeholder_stock(text)


@pytest.mark.parametrize("text", ["T00001", "AUTO1", "25-035", "12345/A", "NA12", "0"])
def test_stock_numbers_are_no_placeholders(text: str) -> None:
    assert not is_placeholder_stock(text)


@pytest.mark.parametrize(
    ("status", "condition", "has_stock", "lot", "unknown"),
    [
        ("In Stock", "new", True, "onlot", False),
        ("In Transit", "new", True, "offlot", False),
        ("", "po", True, "onlot", False),
        ("", "cpo", True, "onlot", False),
        ("", "new", True, "unknown", False),
        ("Sold", "po", True, "unknown", True),
        ("Sold", "po", False, "offlot", True),
        ("In Stock", "new", False, "offlot", False),
        ("", "po", False, "offlot", False),
    ],
)
def test_where_a_car_stands(status: str, condition: str, has_stock: bool, lot: str, unknown: bool) -> None:
    # Between two others, so that a mask applied to the wrong row shows.
    lots, flagged = lot_statuses(
        pd.Series(["On Lot", status, "Allocated"]),
        np.array(["new", condition, "po"], dtype=object),
        np.array([True, has_stock, True]),
    )
    assert lots.tolist() == ["onlot", lot, "offlot"]
    assert flagged.tolist() == [False, unknown, False]
