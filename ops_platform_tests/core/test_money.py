"""Amounts of money as files and systems write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.core.money import MoneyError, money


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (0, "0.00"),
        (360, "360.00"),
        (241.2, "241.20"),
        (Decimal("241.2"), "241.20"),
        ("-0.20", "-0.20"),
        ("1661.0", "1661.00"),
        (" 1,440.00 ", "1440.00"),
        ("1,44,000.50", "144000.50"),
        ("144,000.50", "144000.50"),
        ("1 440.00", "1440.00"),
        ("1\u00a0440", "1440.00"),
        ("₹360", "360.00"),
        ("₹ 1,440.00", "1440.00"),
        ("Rs. 45", "45.00"),
        ("rs 45", "45.00"),
        ("INR 45.5", "45.50"),
        ("-₹5", "-5.00"),
        ("₹ -5", "-5.00"),
        ("−5", "-5.00"),
        ("+5", "5.00"),
        (".5", "0.50"),
        ("5.", "5.00"),
        ("1e3", "1000.00"),
        (Decimal("1E+3"), "1000.00"),
        (99_999_999.99, "99999999.99"),
        (-99_999_999.99, "-99999999.99"),
    ],
)
def test_an_amount_is_read_whatever_stands_around_its_digits(value: Any, amount: str) -> None:
    assert str(money(value)) == amount


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (Decimal("0.30000000000000004"), "0.30"),
        (0.1 + 0.2, "0.30"),
        (2.675, "2.68"),
        (1.005, "1.01"),
        (Decimal("1.0049999999999999"), "1.01"),
        (Decimal("1.004999"), "1.00"),
        ("0.125", "0.13"),
        ("0.135", "0.14"),
        ("-0.125", "-0.13"),
        ("0.0049", "0.00"),
        ("-0.0049", "0.00"),
        (-0.0, "0.00"),
        (Decimal("0E+50"), "0.00"),
        ("1e-999999", "0.00"),
        (Decimal(f"0.{'3' * 500}"), "0.33"),
    ],
)
def test_more_places_are_rounded_half_up_after_the_noise_of_floats_is_gone(value: Any, amount: str) -> None:
    assert str(money(value)) == amount


@pytest.mark.parametrize("value", [None, "", "   "])
def test_nothing_is_missing(value: Any) -> None:
    with pytest.raises(MoneyError) as caught:
        money(value)
    assert caught.value.code == "missing"


@pytest.mark.parametrize(
    "value",
    [
        *(True, False, [], {}, [5], b"5", float("nan"), float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Inf")),
        *("abc", "NaN", "Infinity", "1,44", "1,2,3", ",5", "1,440,", "5-", "--5", "-₹-5", "5 5", "1.2.3", "45.000,00"),
        *("0x10", "1_000", "٣٦٠", "½", "$5", "360 rupees", "₹", ".", "-", "e5", "1e", "5\x00", "(5)"),
    ],
)
def test_what_is_no_amount_is_refused_with_how_to_write_one(value: Any) -> None:
    with pytest.raises(MoneyError, match=r"write it like 1440\.00") as caught:
        money(value)
    assert caught.value.code == "not_a_number"


@pytest.mark.parametrize(
    "value",
    [
        *(100_000_000, -100_000_000, 99_999_999.995, "99999999.995", 1e300, "1e400", Decimal("1E+999999"), 10**4000),
        "9" * 5000,
    ],
    ids=range(9),
)
def test_what_does_not_fit_the_column_is_refused_with_the_largest_that_does(value: Any) -> None:
    with pytest.raises(MoneyError, match=r"at most 99,999,999\.99") as caught:
        money(value)
    assert caught.value.code == "too_large"


def test_other_columns_have_other_places_and_digits() -> None:
    assert str(money("9", places=3)) == "9.000"
    assert str(money("0.0005", places=3)) == "0.001"
    with pytest.raises(MoneyError, match=r"at most 9,999,999\.999 "):
        money(10_000_000, places=3)
    assert str(money("1234567890.1", digits=12)) == "1234567890.10"


def test_a_message_shows_no_more_than_the_beginning_of_a_long_text() -> None:
    with pytest.raises(MoneyError) as caught:
        money("x" * 10_000)
    assert len(str(caught.value)) < 120


@given(st.integers(-9_999_999_999, 9_999_999_999))
@settings(deadline=None)
def test_every_amount_that_fits_survives_each_way_of_writing_it(paise: int) -> None:
    amount = Decimal(paise).scaleb(-2)
    for value in (amount, float(amount), str(amount), f"{amount:,}", f"₹ {amount:,}", f"{amount}0000"):
        found = money(value)
        assert found == amount and found.as_tuple().exponent == -2, value


@given(st.one_of(st.text(max_size=30), st.floats(), st.decimals(), st.integers(), st.none(), st.booleans()))
@settings(deadline=None)
def test_any_value_is_an_amount_that_fits_or_a_reason(value: Any) -> None:
    try:
        amount = money(value)
    except MoneyError as error:
        assert error.code in {"missing", "not_a_number", "too_large"} and str(error)
    else:
        assert abs(amount) < 100_000_000 and amount.as_tuple().exponent == -2
        assert not amount.is_signed() or amount < 0


@pytest.mark.parametrize(
    "text", ["-" + " " * 50_000 + "x", "1," * 50_000, "1" + " 22" * 30_000 + "x", "9" * 100_000], ids=range(4)
)
def test_a_hostile_text_costs_no_more_than_reading_it_once(text: str) -> None:
    with pytest.raises(MoneyError):
        money(text)
