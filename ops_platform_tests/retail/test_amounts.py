"""Prices and quantities as competitors write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.retail.amounts import names_a_number, price, quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$1,234.50", "1234.50"),
        ("1234.5", "1234.5"),
        ("$ .99", "0.99"),
        ("USD 3.00", "3.00"),
        ("12,50", "12.50"),
        ("1.234,50 €", "1234.50"),
        ("$12.50 ea", "12.50"),
        ("12.50/flat", "12.50"),
        ("$0.125 per plug", "0.125"),
        (" $7 ", "7"),
        ("$0.00", "0"),
    ],
)
def test_a_price_is_read_as_people_write_it(text: str, amount: str) -> None:
    assert price(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "call",
        "",
        "-",
        "n/a",
        "$10 - $12",
        "3 for 2",
        "-$5",
        "12.5.3",
        "1,44,000",
        "from $3",
        "per pot",
        "٣",
        "999999999",
    ],
)
def test_what_is_no_single_price_is_none_and_never_a_guess(text: str) -> None:
    assert price(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,200", 1200), ("0", 0), ("500+", 500), ("250.0", 250), ("12 flats", 12), ("Sold  Out", 0), ("none", 0),
        ("250.5", None), ("", None), ("call", None), ("-3", None), ("10-20", None), ("1 200", None),
    ],
)  # fmt: skip
def test_a_quantity_is_a_whole_number_or_nothing(text: str, number: int | None) -> None:
    assert quantity(text) == number


def test_only_digits_that_were_not_read_are_worth_a_note() -> None:
    assert names_a_number("$10 - $12")
    assert not names_a_number("call")


@given(st.decimals(0, 99_999_999, places=2, allow_nan=False))
def test_a_price_that_is_written_as_money_comes_back(amount: Decimal) -> None:
    assert price(f"${amount:,.2f}") == amount
    assert price(f"{amount:f}") == amount


@given(st.integers(0, 99_999_999))
def test_a_quantity_with_separators_comes_back(number: int) -> None:
    assert quantity(f"{number:,}") == quantity(str(number)) == number


@given(st.text(max_size=60))
def test_no_text_makes_reading_fail_or_slow(text: str) -> None:
    assert price(text) is None or price(text) >= 0  # type: ignore[operator]
    assert quantity(text) is None or quantity(text) >= 0  # type: ignore[operator]
