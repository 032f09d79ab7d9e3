"""Which automations are due at a tick, and which schedule asks for them. Pure: cron lines and times.

Several cron lines meet at the same minute (every hour, and 04:00). One run does all that is due then: the schedule
that ticks least often asks for it, the others leave it to that one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Final

from dagster._utils.schedules import schedule_execution_time_iterator

from ops_platform.retail.automation import Automation

_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_NAMES: Final[dict[str, Callable[..., str]]] = {
    r"0 \* \* \* \*": lambda: "hourly",
    r"0,30 \* \* \* \*": lambda: "half_hourly",
    r"(\d+) (\d+) \* \* \*": lambda minute, hour: _clock(hour, minute),
    r"0 (\d+),(\d+) \* \* \*": lambda one, two: f"{_clock(one)}_and_{_clock(two)}",
    r"(\d+) (\d+) (\d+)-(\d+) \* \*": lambda minute, hour, first, last: (
        f"{_clock(hour, minute)}_of_days_{first}_to_{last}"
    ),
    r"(\d+) (\d+) \* \* ([0-6])": lambda minute, hour, day: f"{_WEEKDAYS[int(day)]}_{_clock(hour, minute)}",
    r"0 (\d+)-(\d+)/(\d+) \* \* \*": lambda first, last, step: f"{_clock(first)}_to_{_clock(last)}_every_{step}h",
}
"""Forms of cron lines -> what their schedules are called."""
_COUNTED_FROM = datetime(2026, 1, 1, tzinfo=UTC)
_COUNTED_OVER = timedelta(days=35)  # a monthly line ticks once in it


def crons(automations: Iterable[Automation]) -> list[str]:
    """The cron lines there are, each once, those that tick most often first."""
    return sorted({automation.cron for automation in automations}, key=lambda cron: (-_frequency(cron), cron))


def name_of(cron: str) -> str:
    """A schedule's name: retail_hourly, retail_0400, retail_0500_and_2100, retail_sunday_0500."""
    for form, name in _NAMES.items():
        if found := re.fullmatch(form, cron):
            return f"retail_{name(*found.groups())}"
    return "retail_" + re.sub(r"\W+", "_", cron.replace("*", "any").replace("/", "_every_")).strip("_")


def due(automations: Iterable[Automation], tick: datetime, now: datetime, zone: str) -> list[Automation]:
    """The automations a run for this tick does: due then, and not due again since (a later tick does those).

    After hours of standstill the old ticks come all at once; what is hourly must not run for each of them.
    """
    return [a for a in automations if _ticks_at(a.cron, tick, zone) and not _ticked_since(a.cron, tick, now, zone)]


def asks(cron: str, automations: Sequence[Automation], tick: datetime, zone: str) -> str:
    """The cron line whose schedule asks for the run of this tick of `cron`: the one that ticks least often."""
    meeting = crons(a for a in automations if _ticks_at(a.cron, tick, zone))
    return meeting[-1] if meeting else cron


def _clock(hour: str, minute: str = "0") -> str:
    return f"{int(hour):02}{int(minute):02}"


def _ticks_at(cron: str, moment: datetime, zone: str) -> bool:
    return _next(cron, moment.timestamp(), zone) == moment.timestamp()


def _ticked_since(cron: str, tick: datetime, now: datetime, zone: str) -> bool:
    return _next(cron, tick.timestamp() + 1, zone) <= now.timestamp()


@lru_cache(maxsize=1024)  # many automations have one line, and every schedule asks about all of them
def _next(cron: str, moment: float, zone: str) -> float:
    """The first tick at or after a moment; on the days clocks change as Dagster's daemon ticks.

    In seconds since the epoch: two times of the hour that comes twice in autumn are the same to a comparison.
    """
    return next(schedule_execution_time_iterator(moment, cron, zone, ascending=True)).timestamp()


@cache
def _frequency(cron: str) -> int:
    end, count = _COUNTED_FROM + _COUNTED_OVER, 0
    for tick in schedule_execution_time_iterator(_COUNTED_FROM.timestamp(), cron, "UTC", ascending=True):
        if tick >= end:
            break
        count += 1
    return count
