from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.windows import last_days, same_days, since_new_year, years_before


@pytest.mark.parametrize(
    ("today", "years", "then"),
    [
        (date(2026, 5, 14), 1, date(2025, 5, 14)),
        (date(2028, 2, 29), 1, date(2027, 2, 28)),
        (date(2028, 2, 29), 4, date(2024, 2, 29)),
        (date(2029, 2, 28), 1, date(2028, 2, 28)),
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
    ],
)
def test_the_same_day_of_an_earlier_year_is_28_february_where_there_is_no_29th(
    today: date, years: int, then: date
) -> None:
    assert years_before(today, years) == then


def test_the_days_of_last_year_are_the_same_day_and_45_forward_both_included() -> None:
    assert same_days(date(2026, 5, 14), days=45) == (date(2025, 5, 14), date(2025, 6, 28))


def test_a_window_that_starts_in_december_crosses_the_new_year() -> None:
    assert same_days(date(2026, 12, 10), days=45) == (date(2025, 12, 10), date(2026, 1, 24))


def test_on_29_february_the_window_starts_on_the_28th() -> None:
    assert same_days(date(2028, 2, 29), days=45) == (date(2027, 2, 28), date(2027, 4, 14))


def test_a_window_of_this_year_starts_today() -> None:
    assert same_days(date(2026, 5, 14), days=14, years_ago=0) == (date(2026, 5, 14), date(2026, 5, 28))


def test_the_last_days_are_whole_ones_and_end_yesterday() -> None:
    assert last_days(date(2026, 3, 5), 14) == (date(2026, 2, 19), date(2026, 3, 4))


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 5, 14), date(2026, 12, 31)])
def test_best_sellers_are_counted_from_january_of_last_year_to_today(today: date) -> None:
    assert since_new_year(today) == (date(2025, 1, 1), today)


@settings(deadline=None, max_examples=60)
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 366), st.integers(1, 5))
def test_a_window_of_an_earlier_year_has_its_days_and_one(today: date, days: int, years: int) -> None:
    window = same_days(today, days=days, years_ago=years)
    assert (window.end - window.start).days == days
    assert (window.start.year, window.start.month) == (today.year - years, today.month)
