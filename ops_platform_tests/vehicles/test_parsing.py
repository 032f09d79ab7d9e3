"""Prices, dates, years and fuels as dealership sites write them."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ops_platform.vehicles.parsing import (
    PRICE_CODES,
    map_distinct,
    parse_date,
    parse_dates,
    parse_fuel,
    parse_price,
    parse_prices,
    parse_years,
)

CALL = '<span class="callforprice">Please call for price</span>'


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("65000", 65000.0),
        ("58000.0", 58000.0),
        ("58000.", 58000.0),
        ("31985.50", 31985.5),
        ("23995.004", 23995.0),
        ("$45,000", 45000.0),
        (" $ 45,000.00 ", 45000.0),
        ("$ 234,567", 234567.0),
        ("USD 45,000", 45000.0),
        ("US$45,000", 45000.0),
        ("45,000 USD", 45000.0),
        ("45\u00a0000", 45000.0),
        ("<b>$45,000</b>", 45000.0),
        ("&#36;45,000", 45000.0),
        ("0045000", 45000.0),
        ("1", 1.0),
    ],
)
def test_a_price_is_read_whatever_stands_around_its_digits(text: str, dollars: float) -> None:
    assert parse_price(text) == (dollars, None)


@pytest.mark.parametrize(
    "text", ["", "   ", "*", "-", "--", "N/A", "n.a.", "NA", "None", "NULL", "nan", "TBD", "tba", "<br>"]
)
def test_no_price_is_missing_without_a_word(text: str) -> None:
    assert math.isnan(parse_price(text).dollars) and parse_price(text).code is None


@pytest.mark.parametrize(
    "text",
    [
        "Please Call",
        "Please call for price",
        CALL,
        "Call for Price",
        "CALL 314-555-0100",
        "Contact Us",
        "Contact dealer for price",
        "Ask",
        "Inquire",
        "Enquire within",
        "Price on request",
        "E-mail us",
    ],
)
def test_a_price_that_one_must_ask_for_is_missing_and_flagged(text: str) -> None:
    assert math.isnan(parse_price(text).dollars) and parse_price(text).code == "text"


@pytest.mark.parametrize("text", ["0", "0.00", "$0", "-1000", "\u22121000", "-$1,000", "$-1,000", "($1,000)", "000"])
def test_zero_and_less_are_missing_and_flagged(text: str) -> None:
    assert math.isnan(parse_price(text).dollars) and parse_price(text).code == "zero"


@pytest.mark.parametrize(
    "text",
    [
        "45.000",
        "45,00",
        "4,5000",
        "45k",
        "4.5e4",
        "$45,000 $43,000",
        "45000 miles",
        "45000/mo",
        "0x1F",
        "١٢٣",
        "inf",
        "100000000",
        "9" * 400,
        "Was 45000",
        "(45000",
        "45000)",
    ],
)
def test_a_price_with_two_readings_is_missing_and_flagged(text: str) -> None:
    assert math.isnan(parse_price(text).dollars) and parse_price(text).code == "unreadable"


@pytest.mark.parametrize(("text", "code"), [("500000", None), ("500000.01", "over_500k"), ("754,880", "over_500k")])
def test_a_price_above_half_a_million_is_kept_and_flagged(text: str, code: str | None) -> None:
    dollars, found = parse_price(text)
    assert dollars > 499_999 and found == code


@given(st.integers(1, 9_999_999_999))
@example(9_999_999_999)
def test_every_price_that_can_be_stored_survives_each_way_of_writing_it(cents: int) -> None:
    dollars = cents / 100
    for text in (f"{dollars:.2f}", f"${dollars:,.2f}", f"USD {dollars:,.2f}", f"<b>{dollars:.2f}</b>"):
        assert parse_price(text).dollars == dollars, text


@given(st.text(max_size=20))
@example("1" * 5000)
@example("1,000" * 2000)
def test_any_text_is_a_price_or_a_reason_never_both_and_never_an_error(text: str) -> None:
    dollars, code = parse_price(text)
    assert code is None or code in PRICE_CODES
    assert math.isnan(dollars) or (0 < dollars < 100_000_000 and code in {None, "over_500k"})
    assert not math.isnan(dollars) or code != "over_500k"


def test_prices_are_read_column_by_column_in_order() -> None:
    dollars, codes = parse_prices(pd.Series(["65000", "Please Call", "65000", "", "0"]))
    np.testing.assert_array_equal(dollars, [65000.0, np.nan, 65000.0, np.nan, np.nan])
    assert dollars.dtype == np.float64
    assert codes.tolist() == [None, "text", None, None, "zero"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("03/13/2025", date(2025, 3, 13)),
        ("3/1/2025", date(2025, 3, 1)),
        ("2025/03/13", date(2025, 3, 13)),
        ("2025-03-13", date(2025, 3, 13)),
        (" 2025-03-13 ", date(2025, 3, 13)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2025-07-24T02:46:31.091709", date(2025, 7, 24)),
        ("2025-07-24 02:46:31", date(2025, 7, 24)),
        ("2025-07-24T02:46:31Z", date(2025, 7, 24)),
        ("2025-07-24T02:46:31+05:00", date(2025, 7, 24)),
        ("07/24/2025 2:46 PM", date(2025, 7, 24)),
    ],
)
def test_each_format_of_a_date_is_read(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "25/12/2024",
        "13/01/2025",
        "02/30/2025",
        "2025-13-01",
        "2023-02-29",
        "2025/03-13",
        "3/1/25",
        "0025-03-13",
        "45729",
        "March 13, 2025",
        "2025-03-13T",
        "2025-03-13x",
        "0000-00-00",
        "٢٠٢٥-03-13",
        "",
        "N/A",
    ],
)
def test_what_is_no_date_for_certain_is_none(text: str) -> None:
    assert parse_date(text) is None


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["%m/%d/%Y", "%Y/%m/%d", "%Y-%m-%d"]))
def test_every_day_survives_each_format(day: date, form: str) -> None:
    assert parse_date(day.strftime(form)) == day
    assert parse_date(f"{day.strftime(form)}T23:59:59.999") == day


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_none(text: str) -> None:
    assert parse_date(text) is None or isinstance(parse_date(text), date)


def test_dates_are_read_column_by_column_and_only_written_ones_are_unreadable() -> None:
    days, unreadable = parse_dates(pd.Series(["03/13/2025", "", "25/12/2024", " ", "2025-03-13"]))
    assert days.tolist() == [date(2025, 3, 13), None, None, None, date(2025, 3, 13)]
    assert unreadable.tolist() == [False, False, True, False, False]


def test_years_are_whole_numbers_of_four_digits() -> None:
    years = parse_years(pd.Series(["2025", " 2019.0 ", "19", "2019.5", "MY2025", "", "20255"], index=range(3, 10)))
    assert years.dtype == "Int64" and list(years.index) == list(range(3, 10))
    assert years.tolist() == [2025, 2019, pd.NA, pd.NA, pd.NA, pd.NA, pd.NA]


@pytest.mark.parametrize(
    ("text", "fuel"),
    [
        ("Gasoline Fuel", ("Gasoline Fuel", False)),
        ("  Gas/Electric&nbsp;Hybrid ", ("Gas/Electric Hybrid", False)),
        ("", (None, False)),
        ('a:2:{s:4:"code";s:1:"G";s:11:"description";s:13:"Gasoline Fuel";}', ("Gasoline Fuel", True)),
        ('a:2:{s:4:"code";s:3:"gas";s:4:"name";s:8:"Gasoline";}', ("Gasoline", True)),
        ('a:1:{i:0;s:15:"Electric &amp; Gas";}', ("Electric & Gas", True)),
        ("a:2:{s:4:&quot;code&quot;;s:6:&quot;Diesel&quot;;}", ("Diesel", True)),
        ('s:4:"PHEV";', ("PHEV", True)),
        ('a:4:{s:4:"code";s:1:"G";s:5:"label', (None, True)),
        ('a:1:{s:4:"code";s:1:"G";}', (None, True)),
        ("a:0:{}", (None, True)),
    ],
)
def test_a_fuel_is_dug_out_of_serialised_data_where_one_is_named(text: str, fuel: tuple[str | None, bool]) -> None:
    assert parse_fuel(text) == fuel


def test_a_function_is_called_once_for_each_distinct_value() -> None:
    calls: list[str] = []

    def shout(text: str) -> str:
        calls.append(text)
        return text.upper()

    result = map_distinct(pd.Series(["a", "b", None, "a"]), shout)
    assert result.tolist() == ["A", "B", None, "A"] and calls == ["a", "b"]
