from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ops_platform.retail.rows import change, count_text, day_text, item_labels, lookup, money_text, sorted_changes
from ops_platform_tests.retail.store import items, row


def test_values_are_found_by_the_first_column() -> None:
    assert lookup(items(row("A", category="TREES"), "B"), "category") == {"A": "TREES", "B": "PERENNIAL"}


def test_an_item_is_called_by_its_short_description_else_the_long_one_else_its_number() -> None:
    frame = items(row("A", descr="Fern"), row("B", descr=None, long_descr="A tall fern"), row("C", descr=None))
    assert item_labels(frame) == {"A": "Fern", "B": "A tall fern", "C": "C"}


def test_changes_stand_in_the_order_of_their_numbers() -> None:
    rows = [change("bigcommerce", key, "f", old=0, new=1, reason="", label="") for key in (10, 9, 100)]
    rows.append(change("counterpoint", "A", "f", old=1, new=1, reason="", label=""))
    assert sorted_changes(rows)["key"].tolist() == ["9", "10", "100"]


@pytest.mark.parametrize(
    ("units", "text"),
    [("31.0000", "31"), ("2.5000", "2.5"), ("0", "0"), ("100", "100"), ("-1", "-1"), ("1E+3", "1,000")],
)
def test_units_are_written_without_needless_decimals(units: str, text: str) -> None:
    assert count_text(Decimal(units)) == text


def test_amounts_and_days_are_written_for_people() -> None:
    assert money_text(Decimal("4210.5")) == "4,210.50"
    assert day_text(date(2025, 5, 14)) == "2025-05-14"
