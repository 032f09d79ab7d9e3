"""The times on a bill, and the operating day a bill belongs to.

What belongs here: reading a time as PetPooja and its relays write it, and the day it counts for. What does not:
whether a time is plausible (quality.py).
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

_TIME: Final = re.compile(
    r"\s*(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:T| +)(?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)"
    r"\s*(?P<offset>Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?\s*",
    re.IGNORECASE,
)
_YEARS: Final = range(2000, 2100)


def read_time(value: Any, zone: tzinfo) -> datetime | None:
    """Return the moment a text means, aware; None when it is no text or means no moment for certain.

    `2025-06-08 20:55:58` is the clock on the wall of `zone`; an offset or a Z in the text wins over it. A day without
    a time is None: midnight would put the bill into the day before. So are days that do not exist and years
    outside 2000..2099, which are a broken clock and not a bill.
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match["day"][:4]) not in _YEARS:
        return None
    offset = (match["offset"] or "").upper()
    try:
        moment = datetime.fromisoformat(f"{match['day']}T{match['clock']}{'Z' if offset == 'UTC' else offset}")
    except ValueError:  # 2025-02-30, 25:00, +99:99
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def business_day(created_on: datetime, zone: tzinfo, day_starts_at: time) -> date:
    """Return the operating day of a bill: before `day_starts_at` on the clock of `zone` it is the day before.

    created_on: aware. The clock on the wall decides, not the hours since midnight: on the night the clocks change
    the two differ, and staff close the day by the clock. Errors: ValueError for a time without a zone.
    """
    if created_on.tzinfo is None:
        raise ValueError("a bill's time has no zone; give an aware time")
    local = created_on.astimezone(zone)
    return local.date() - timedelta(days=local.time() < day_starts_at)
