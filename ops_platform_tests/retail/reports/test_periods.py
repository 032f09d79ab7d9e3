"""The days reports speak about: weeks from Sunday to Saturday, to date, and the same days of earlier years."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.reports import periods
from ops_platform.retail.windows import Window

DAYS = st.dates(date(2019, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("today", "closed", "expected"),
    [
        (date(2026, 5, 18), ["sunday"], date(2026, 5, 16)),  # Monday: Saturday
        (date(2026, 5, 17), ["sunday"], date(2026, 5, 16)),
        (date(2026, 5, 19), ["sunday"], date(2026, 5, 18)),
        (date(2026, 5, 18), [], date(2026, 5, 17)),
        (date(2026, 5, 19), ["saturday", "sunday", "monday"], date(2026, 5, 15)),
        (date(2027, 1, 1), ["sunday"], date(2026, 12, 31)),
    ],
)
def test_the_last_open_day_is_before_today_and_not_a_closed_one(today: date, closed: list[str], expected: date) -> None:
    assert periods.last_open_day(today, closed) == expected


@settings(max_examples=50, deadline=None)
@given(DAYS)
def test_the_last_week_is_whole_from_sunday_to_saturday_and_over(today: date) -> None:
    week = periods.last_week(today)
    assert (week.start.weekday(), week.end.weekday()) == (6, 5)
    assert week.end == week.start + timedelta(days=6)
    assert timedelta(1) <= today - week.end <= timedelta(7)


def test_on_sunday_the_week_ended_yesterday() -> None:
    assert periods.last_week(date(2026, 5, 17)) == Window(date(2026, 5, 10), date(2026, 5, 16))


@settings(max_examples=50, deadline=None)
@given(DAYS, st.integers(1, 8))
def test_weeks_follow_each_other_without_a_gap(today: date, count: int) -> None:
    weeks = periods.last_weeks(today, count)
    assert len(weeks) == count
    assert all(later.start - earlier.end == timedelta(1) for later, earlier in pairwise(weeks))


@pytest.mark.parametrize(
    ("today", "month", "year"),
    [
        (date(2026, 5, 18), date(2026, 5, 1), date(2026, 1, 1)),
        (date(2026, 5, 1), date(2026, 4, 1), date(2026, 1, 1)),  # the whole month that ended
        (date(2027, 1, 1), date(2026, 12, 1), date(2026, 1, 1)),  # the whole year that ended
        (date(2027, 1, 2), date(2027, 1, 1), date(2027, 1, 1)),
    ],
)
def test_to_date_is_the_month_and_the_year_of_yesterday(today: date, month: date, year: date) -> None:
    yesterday = today - timedelta(days=1)
    assert periods.month_to_date(today) == Window(month, yesterday)
    assert periods.year_to_date(today) == Window(year, yesterday)


@pytest.mark.parametrize(
    ("today", "years_ago", "expected"),
    [
        (date(2026, 3, 5), 0, Window(date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 3, 5), 2, Window(date(2024, 2, 1), date(2024, 2, 29))),
        (date(2026, 1, 5), 0, Window(date(2025, 12, 1), date(2025, 12, 31))),
        (date(2026, 1, 5), 2, Window(date(2023, 12, 1), date(2023, 12, 31))),
    ],
)
def test_last_month_is_whole_in_every_year(today: date, years_ago: int, expected: Window) -> None:
    assert periods.last_month(today, years_ago=years_ago) == expected


def test_last_month_is_compared_in_the_first_eight_days() -> None:
    assert [day for day in range(1, 31) if periods.month_is_news(date(2026, 6, day))] == list(range(1, 9))


def test_the_29th_of_february_is_the_28th_of_other_years() -> None:
    leap = Window(date(2028, 2, 1), date(2028, 2, 29))
    assert periods.earlier(leap, 1, "calendar") == Window(date(2027, 2, 1), date(2027, 2, 28))
    assert periods.earlier(leap, 4, "calendar") == Window(date(2024, 2, 1), date(2024, 2, 29))


@settings(max_examples=50, deadline=None)
@given(DAYS, st.integers(0, 40), st.integers(1, 3))
def test_aligned_by_weekday_a_period_has_as_many_of_each_weekday(day: date, length: int, years: int) -> None:
    window = Window(day, day + timedelta(days=length))
    before = periods.earlier(window, years, "weekday")
    assert before.start.weekday() == window.start.weekday()
    assert before.end - before.start == window.end - window.start
    assert window.start - before.start == timedelta(days=364 * years)


def test_the_days_that_come_are_those_of_last_year_across_new_year() -> None:
    coming = periods.ahead(date(2026, 12, 1), days=45, alignment="calendar")
    assert coming == Window(date(2025, 12, 1), date(2026, 1, 15))
    leap = periods.ahead(date(2028, 2, 29), days=0, alignment="calendar")
    assert leap == Window(date(2027, 2, 28), date(2027, 2, 28))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 5, 10), date(2026, 5, 16), "May 10\N{EN DASH}16"),
        (date(2026, 5, 31), date(2026, 6, 6), "May 31\N{EN DASH}Jun 6"),
        (date(2026, 12, 27), date(2027, 1, 2), "Dec 27, 2026\N{EN DASH}Jan 2, 2027"),
        (date(2026, 5, 1), date(2026, 5, 1), "May 1"),
    ],
)
def test_a_span_says_each_month_and_year_once(start: date, end: date, expected: str) -> None:
    assert periods.span(Window(start, end)) == expected


def test_days_have_names() -> None:
    day = date(2026, 5, 16)
    assert periods.day_name(day) == "Saturday, May 16, 2026"
    assert (periods.short_day(day), periods.month_name(day)) == ("Sat May 16", "May 2026")
