"""Which copies of a backup are kept: the newest days, the last of each month, and always one that is good. Pure.

Copies are counted and not aged: after two weeks in which none was made, none goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Final

AT_MOST: Final = 3
"""Copies of one target that go in one run. A slip in the settings then costs a few of them, not all in one night."""


def surplus(
    days: Iterable[date], *, good: Collection[date], today: date, keep_daily: int, keep_monthly: int
) -> Mapping[date, str]:
    """The days whose copies may go, the oldest first, with the reason; at most AT_MOST of them.

    days: those there is a copy of, today's too once it is made. good: those that are complete. A copy that is dated
    after today was made by a clock that went wrong: it takes no place and is never removed.
    """
    past = sorted(day for day in set(days) if day <= today)
    kept = set(past[-keep_daily:]) | set(_last_of_months(past)[-keep_monthly:] if keep_monthly else [])
    whole = [day for day in past if day in good]
    kept |= set(whole[-1:])  # whatever the rules say: from this one everything can be restored
    gone = [day for day in past if day not in kept][:AT_MOST]
    return {day: _why(day, keep_daily, keep_monthly) for day in gone}


def _last_of_months(days: list[date]) -> list[date]:
    last = {(day.year, day.month): day for day in days}  # days are in order: a later one takes the place
    return sorted(last.values())


def _why(day: date, keep_daily: int, keep_monthly: int) -> str:
    months = f", nor the last of one of {keep_monthly} months" if keep_monthly else ""
    return f"{day} is none of the {keep_daily} newest{months}"
