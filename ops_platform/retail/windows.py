"""The days an automation looks back at, from the store's day of the run. Both ends of a window are included."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from typing import NamedTuple


class Window(NamedTuple):
    """Business days, both included."""

    start: date
    end: date


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 29 February becomes the 28th in a year without one."""
    year = day.year - years
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def same_days(today: date, *, days: int, years_ago: int = 1) -> Window:
    """The day so many years ago and `days` forward from it: 45 days are the start and 45 more, as the owner counts."""
    start = years_before(today, years_ago)
    return Window(start, start + timedelta(days=days))


def last_days(today: date, days: int) -> Window:
    """The whole days before today: a run in the afternoon sees what the run of the night saw."""
    return Window(today - timedelta(days=days), today - timedelta(days=1))


def since_new_year(today: date, *, years_ago: int = 1) -> Window:
    """From 1 January of an earlier year to today."""
    return Window(date(today.year - years_ago, 1, 1), today)
