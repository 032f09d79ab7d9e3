"""How values are written for American readers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core import wording
from ops_platform.core.wording import shown


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        ("money", "1234.5", "$1,234.50"), ("money", -20, "-$20.00"), ("money", "0.005", "$0.01"),
        ("money", "-0.001", "$0.00"), ("money", None, "n/a"), ("money", float("nan"), "n/a"),
        ("dollars", "1234.50", "$1,235"), ("price", "10", "$10"), ("price", "10.00", "$10"), ("price", 7.5, "$7.50"),
        ("price", None, "n/a"), ("number", 1234, "1,234"), ("number", "12.500", "12.5"), ("number", 100, "100"),
        ("number", "-0", "0"), ("number", None, "n/a"), ("percent", 0.1234, "12.3%"), ("percent", "1", "100.0%"),
        ("change", 0.0834, "▲ 8.3%"), ("change", "-0.02", "▼ 2.0%"), ("change", 0.0001, "± 0.0%"),
        ("change", 12.5, "▲ 1,250.0%"), ("change", None, "n/a"), ("day", "2026-11-01", "Nov 1, 2026"),
        ("day", date(2028, 2, 29), "Feb 29, 2028"), ("short_day", "2026-11-21", "Sat, Nov 21"),
        ("long_day", "2026-05-17T11:30:00-04:00", "Sunday, May 17, 2026"), ("long_day", None, "n/a"),
        ("moment", "2026-11-21T00:05:00-05:00", "Nov 21, 2026, 12:05 AM"), ("moment", None, "n/a"),
        ("moment", datetime(2026, 11, 21, 12, 0), "Nov 21, 2026, 12:00 PM"),  # noqa: DTZ001 - its own zone is shown
        ("clock", "2026-11-21T23:59:00-05:00", "11:59 PM"), ("text", None, "–"), ("text", "", ""), ("text", 5, "5"),
        ("phone", "+1 828.555.0142", "(828) 555-0142"), ("phone", "ext. 12", "ext. 12"), ("phone", None, "–"),
        ("phone", "+44 20 7946 0958", "+44 20 7946 0958"), ("phone", "128-555-0142", "128-555-0142"),
    ],
)  # fmt: skip
def test_values_are_written_as_readers_expect_them(form: str, value: Any, text: str) -> None:
    assert shown(value, form) == text


def test_a_format_nobody_knows_and_a_text_that_is_no_number_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no format 'euro'; there are text, money"):
        shown(1, "euro")
    for value in ("abc", "Infinity", "1e30"):
        with pytest.raises(ValueError, match="is no number"):
            shown(value, "money")


def test_only_what_a_telephone_can_dial_becomes_a_link() -> None:
    assert wording.phone_url("(828) 555-0142") == "tel:+18285550142"
    assert wording.phone_url("555-0142") == ""
    assert wording.phone_url(None) == ""


def test_a_change_has_a_tone_and_other_numbers_have_none() -> None:
    assert [wording.tone(value, "change") for value in (0.01, "-0.01", 0, 0.0001, None)] == ["good", "bad", "", "", ""]
    assert wording.tone(-5, "money") == ""


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2))
def test_money_can_be_read_back_from_what_is_shown(value: Decimal) -> None:
    assert Decimal(wording.money(str(value)).replace("$", "").replace(",", "")) == value


@given(st.dates(min_value=date(1900, 1, 1)))
def test_days_can_be_read_back_in_any_locale(value: date) -> None:
    month, rest = wording.day(value).split(" ", 1)
    number, year = rest.split(", ")
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    assert date(int(year), months.index(month) + 1, int(number)) == value
