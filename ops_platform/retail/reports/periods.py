"""The days a report speaks about, from the store's day it is written on. Weeks are Sunday to Saturday, as the store's.

What belongs here: windows of business days and what people call them. What does not: sums over them.

A report is written before the store opens, so all periods end on the day before it at the latest. "To date" takes the
month and the year of that last day: on 1 January it is the whole year that ended.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from datetime import date, timedelta
from typing import Final, Literal

from ops_platform.retail.windows import Window, years_before

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Alignment = Literal["calendar", "weekday"]
_WEEKS_OF_A_YEAR: Final = timedelta(days=364)
_MONTH_IS_NEWS: Final = 8  # days


def last_open_day(today: date, closed: Collection[str]) -> date:
    """The last day before today on which the store was open. closed: names of weekdays; not all seven."""
    day = today - timedelta(days=1)
    while WEEKDAYS[day.weekday()] in closed:
        day -= timedelta(days=1)
    return day


def last_week(today: date) -> Window:
    """The last whole week before today, Sunday to Saturday."""
    # Monday is 0: a Sunday is 0 days, a Saturday 6 days after the Sunday its week began with.
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    return Window(sunday - timedelta(days=7), sunday - timedelta(days=1))


def last_weeks(today: date, count: int) -> list[Window]:
    """So many whole weeks before today, the newest first."""
    newest = last_week(today)
    return [weeks_earlier(newest, weeks) for weeks in range(count)]


def month_to_date(today: date) -> Window:
    """From the first of the month of yesterday to yesterday."""
    through = today - timedelta(days=1)
    return Window(through.replace(day=1), through)


def year_to_date(today: date) -> Window:
    """From 1 January of the year of yesterday to yesterday."""
    through = today - timedelta(days=1)
    return Window(date(through.year, 1, 1), through)


def last_month(today: date, *, years_ago: int = 0) -> Window:
    """The whole month before today's, or the same month of an earlier year."""
    end = today.replace(day=1) - timedelta(days=1)
    year = end.year - years_ago
    return Window(date(year, end.month, 1), date(year, end.month, monthrange(year, end.month)[1]))


def month_is_news(today: date) -> bool:
    """Whether last month is still compared with those of earlier years: in the first 8 days of a month."""
    return today.day <= _MONTH_IS_NEWS


def earlier(window: Window, years: int, alignment: Alignment) -> Window:
    """The same period so many years earlier.

    calendar: the same dates, 29 February becomes the 28th. weekday: 52 weeks a year earlier, so that as many Saturdays
    are in it.
    """
    if alignment == "weekday":
        return Window(*(day - years * _WEEKS_OF_A_YEAR for day in window))
    return Window(years_before(window.start, years), years_before(window.end, years))


def weeks_earlier(window: Window, weeks: int) -> Window:
    """A window so many weeks earlier."""
    return Window(*(day - timedelta(weeks=weeks) for day in window))


def ahead(today: date, *, days: int, alignment: Alignment) -> Window:
    """The next days from today, as they were last year: the start and `days` more, as the owner counts."""
    return earlier(Window(today, today + timedelta(days=days)), 1, alignment)


def day_name(day: date) -> str:
    """A day in full: Saturday, May 16, 2026. The same in every locale, which strftime is not."""
    return f"{WEEKDAYS[day.weekday()].capitalize()}, {_MONTHS[day.month - 1]} {day.day}, {day.year}"


def short_day(day: date) -> str:
    """A day where there is little room: Sat May 16."""
    return f"{WEEKDAYS[day.weekday()].capitalize()[:3]} {_MONTHS[day.month - 1][:3]} {day.day}"


def span(window: Window) -> str:
    """A window where there is little room: May 10-16, Nov 29-Dec 5, Dec 27, 2025-Jan 2, 2026."""
    (start, end) = window
    first, last = (f"{_MONTHS[day.month - 1][:3]} {day.day}" for day in window)
    if start == end:
        return first
    if start.year != end.year:
        return f"{first}, {start.year}\N{EN DASH}{last}, {end.year}"
    return f"{first}\N{EN DASH}{end.day if start.month == end.month else last}"


def month_name(day: date) -> str:
    """A month: May 2026."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
