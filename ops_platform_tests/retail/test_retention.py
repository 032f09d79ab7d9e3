"""Which copies are kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.retail.retention import AT_MOST, surplus

TODAY = date(2026, 5, 14)
DAYS = st.sets(st.dates(date(2024, 1, 1), date(2026, 12, 31)), max_size=60)


def back(*days: int) -> list[date]:
    return [TODAY - timedelta(days=number) for number in days]


def gone(days: list[date], *, daily: int = 14, monthly: int = 12, good: list[date] | None = None) -> list[date]:
    found = surplus(days, good=days if good is None else good, today=TODAY, keep_daily=daily, keep_monthly=monthly)
    return list(found)


def test_the_newest_days_stay_and_the_day_before_them_goes() -> None:
    assert gone(back(*range(15)), monthly=0) == back(14)
    assert gone(back(*range(14)), monthly=0) == []


def test_of_each_month_the_last_copy_stays() -> None:
    days = [date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 30), TODAY]
    assert gone(days, daily=1) == [date(2026, 3, 30), date(2026, 4, 1)]
    assert gone(days, daily=1, monthly=2) == [date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1)]


def test_two_copies_of_a_month_with_a_retention_of_one_leave_the_newer() -> None:
    assert gone(back(1, 0), daily=1) == back(1)


def test_the_29th_of_february_and_the_31st_of_december_are_ordinary_days() -> None:
    days = [date(2024, 2, 28), date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 1), TODAY]
    assert gone(days, daily=1) == [date(2024, 2, 28)]


def test_copies_are_counted_and_not_aged() -> None:
    assert gone(back(400, 399, 398), daily=3, monthly=0) == []


def test_after_a_slip_in_the_settings_only_a_few_go_in_one_night() -> None:
    assert gone(back(*range(30)), daily=1, monthly=0) == back(29, 28, 27)
    assert len(back(29, 28, 27)) == AT_MOST


def test_the_last_good_copy_stays_however_many_bad_ones_follow_it() -> None:
    assert gone(back(20, 19, 2, 1, 0), daily=2, monthly=0, good=back(20, 19)) == back(20, 2)


def test_a_copy_from_the_future_takes_no_place_and_stays() -> None:
    future = [date(2099, 1, 1), date(2099, 1, 2)]
    assert gone([*future, *back(1, 0)], daily=2, monthly=0) == []
    assert gone([*future, *back(2, 1, 0)], daily=2, monthly=0) == back(2)


def test_why_a_copy_goes_is_told() -> None:
    found = surplus(back(1, 0), good=back(1, 0), today=TODAY, keep_daily=1, keep_monthly=0)
    assert found == {TODAY - timedelta(days=1): "2026-05-13 is none of the 1 newest"}


@given(DAYS, st.integers(1, 20), st.integers(0, 15), st.randoms(use_true_random=False))
def test_whatever_the_rules_what_must_stay_stays(days: set[date], daily: int, monthly: int, random: object) -> None:
    good = {day for day in sorted(days) if random.random() < 0.5}  # type: ignore[attr-defined]
    left = set(days)
    for _ in range(len(days)):  # night after night, until nothing more goes
        found = set(surplus(left, good=good & left, today=TODAY, keep_daily=daily, keep_monthly=monthly))
        assert len(found) <= AT_MOST
        left -= found
    past = sorted(day for day in days if day <= TODAY)
    assert set(past[-daily:]) <= left
    assert {day for day in days if day > TODAY} <= left
    assert not (good & set(past)) or max(good & set(past)) in left
    months = sorted({(day.year, day.month) for day in past})[-monthly:] if monthly else []
    assert {max(day for day in past if (day.year, day.month) == month) for month in months} <= left
    assert len([day for day in left if day <= TODAY]) <= daily + monthly + 1


@pytest.mark.parametrize("daily", [1, 14])
def test_without_copies_nothing_goes(daily: int) -> None:
    assert gone([], daily=daily) == []
