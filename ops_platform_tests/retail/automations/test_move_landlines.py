"""Landlines move out of the way of texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.move_landlines import plan
from ops_platform.settings_retail import RetailSettings


def planned(*customers: dict[str, Any], digits: tuple[str, ...] = ("8285550142",)) -> Plan:
    inputs = {
        "customers": pd.DataFrame(list(customers), columns=["cust_no", "phone_1", "mobile_1"], dtype=object),
        "not_textable": pd.DataFrame({"digits": digits, "detail": ["Twilio 30006"] * len(digits)}, dtype=object),
    }
    return plan(inputs, RetailSettings(), datetime(2026, 5, 14, tzinfo=UTC))


def test_every_customer_with_a_landline_gets_it_moved() -> None:
    made = planned(
        {"cust_no": "1", "phone_1": "828-555-0142", "mobile_1": None},
        {"cust_no": "2", "phone_1": "(828) 555-0142", "mobile_1": None},
        {"cust_no": "3", "phone_1": "828-555-0143", "mobile_1": None},
    )
    told = {(row.key, row.field): (row.old, row.new) for row in made.changes.itertuples()}
    assert told == {
        ("1", "mobile_1"): (None, "828-555-0142"),
        ("1", "phone_1"): ("828-555-0142", None),
        ("2", "mobile_1"): (None, "(828) 555-0142"),
        ("2", "phone_1"): ("(828) 555-0142", None),
    }


def test_another_number_in_the_column_for_landlines_is_reported_and_not_overwritten() -> None:
    made = planned({"cust_no": "1", "phone_1": "828-555-0142", "mobile_1": "828-555-0199"})
    assert len(made.changes) == 0
    assert made.notes[["code", "key"]].to_numpy().tolist() == [["landline_place_taken", "1"]]


def test_the_same_number_there_only_leaves_the_first_column() -> None:
    made = planned({"cust_no": "1", "phone_1": "828-555-0142", "mobile_1": "8285550142"})
    assert [(row.field, row.new) for row in made.changes.itertuples()] == [("phone_1", None)]


def test_without_landlines_nothing_changes() -> None:
    assert len(planned({"cust_no": "1", "phone_1": "828-555-0142", "mobile_1": None}, digits=()).changes) == 0


def test_a_customer_without_a_phone_is_left() -> None:
    assert planned({"cust_no": "1", "phone_1": None, "mobile_1": None}).considered == 0


def test_more_than_two_hundred_phones_wait_for_approval() -> None:
    many = [{"cust_no": str(n), "phone_1": f"828-444-{n:04d}", "mobile_1": None} for n in range(201)]
    digits = tuple(f"828444{n:04d}" for n in range(201))
    assert "would change" in str(planned(*many, digits=digits).held)
