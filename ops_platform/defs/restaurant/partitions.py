"""Business days as partitions: which there are, and which a run is for.

A day of the shop is a partition whatever time it starts at (setting restaurant.day_starts_at), because a bill carries
its business day. The day that is going on is a partition too. Which days there are is read from the environment when
definitions are loaded (OPS_RESTAURANT__FIRST_DAY, __TIMEZONE; defs/timing.py says why). Older orders are loaded all the
same; they only have no partition.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import dagster as dg

from ops_platform.defs import timing
from ops_platform.defs.partition_tags import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG

DEFAULT_FIRST_DAY = date(2025, 4, 1)  # the shop's first orders are of that month
FIRST_DAY = timing.day_of(os.environ, "OPS_RESTAURANT__FIRST_DAY", DEFAULT_FIRST_DAY)
ZONE = timing.zone_of(os.environ, "OPS_RESTAURANT__TIMEZONE", "Asia/Kolkata")
DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone=ZONE, end_offset=1)


def days_of_tags(tags: Mapping[str, str]) -> list[date]:
    """Return the business days a run's tags ask for, oldest first; none for a run that is for no partition."""
    if day := tags.get(PARTITION_TAG):
        return [date.fromisoformat(day)]
    if RANGE_START_TAG not in tags:
        return []
    first, last = (date.fromisoformat(tags[name]) for name in (RANGE_START_TAG, RANGE_END_TAG))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def known(days: Sequence[date], newest: date) -> list[date]:
    """Return those of the days that are partitions, when `newest` is the day that is going on."""
    return [day for day in days if FIRST_DAY <= day <= newest]
