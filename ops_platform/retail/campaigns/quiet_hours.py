"""When a text may reach somebody: the hours of the recipient's own zone and state.

What belongs here: 47 CFR 64.1200(c)(1) (8:00 to 21:00 where the recipient is) and the stricter states, as data. What
does not: consent (audience.py), and looking at the clock. Not legal advice: every row can be set (retail.texts.hours).

Where somebody is, is not known for sure: a number moves with its owner. So the area code's zones and states and the
state of the address all count, and a text goes only when it is allowed in each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

Hours = tuple[time, time]
"""From and until; a text may go at `from` and not any more at `until`."""


@dataclass(frozen=True)
class WeekHours:
    """The hours of a state: Monday to Friday, Saturday, Sunday."""

    weekday: Hours
    saturday: Hours
    sunday: Hours

    def on(self, day: date) -> Hours:
        """The hours of one day."""
        return {5: self.saturday, 6: self.sunday}.get(day.weekday(), self.weekday)


def _same(start: int, end: int) -> WeekHours:
    hours = (time(start), time(end))
    return WeekHours(hours, hours, hours)


FEDERAL: Final = _same(8, 21)
STATES: Final[Mapping[str, WeekHours]] = {
    "FL": _same(8, 20),
    "OK": _same(8, 20),
    "MD": _same(8, 20),
    "MS": _same(8, 20),
    "NJ": _same(8, 20),
    "CT": _same(9, 20),
    "RI": WeekHours((time(9), time(18)), (time(10), time(17)), (time(10), time(17))),
    "TX": WeekHours((time(9), time(21)), (time(9), time(21)), (time(12), time(21))),
}
"""States with hours of their own, by their two letters. Elsewhere the federal ones hold."""


@dataclass(frozen=True)
class Place:
    """Where a recipient may be: every zone and every state that is possible."""

    zones: tuple[str, ...]
    states: tuple[str, ...] = ()


def is_allowed(moment: datetime, place: Place, states: Mapping[str, WeekHours] = STATES) -> bool:
    """Whether a text may go at an aware moment: within the hours of every zone and state of the place."""
    return all(_within(moment, zone, hours) for zone in place.zones for hours in _tables(place.states, states))


def next_allowed(moment: datetime, place: Place, states: Mapping[str, WeekHours] = STATES) -> datetime | None:
    """The first minute from a moment on, on the same day there, in which a text may go; None when there is none.

    A moment within the hours is returned as it is. Never the next day: a thank-you that comes a day late is another.
    """
    at = moment
    for _ in range(len(place.zones) * (len(place.states) + 1) + 1):
        if is_allowed(at, place, states):
            return at
        later = max(_opens(at, zone, hours) for zone in place.zones for hours in _tables(place.states, states))
        if later <= at:
            return None
        at = later
    return None


def closes(moment: datetime, place: Place, states: Mapping[str, WeekHours] = STATES) -> datetime:
    """From when on, after an allowed moment, texts may not go any more on that day: the earliest of all that count."""
    ends = [
        _at(moment.astimezone(_zone(zone)).date(), hours.on(moment.astimezone(_zone(zone)).date())[1], zone)
        for zone in place.zones
        for hours in _tables(place.states, states)
    ]
    return min(ends)


def _tables(of_states: Iterable[str], states: Mapping[str, WeekHours]) -> list[WeekHours]:
    return [FEDERAL, *(states[state] for state in of_states if state in states)]


def _within(moment: datetime, zone: str, hours: WeekHours) -> bool:
    local = moment.astimezone(_zone(zone))
    start, end = hours.on(local.date())
    return start <= local.time() < end


def _opens(moment: datetime, zone: str, hours: WeekHours) -> datetime:
    """When the hours of the moment's own day begin there, if they have not yet; else the moment."""
    local = moment.astimezone(_zone(zone))
    start, _ = hours.on(local.date())
    return moment if local.time() >= start else _at(local.date(), start, zone)


def _at(day: date, clock: time, zone: str) -> datetime:
    """The instant of a wall clock. No hours begin where clocks are set: that happens before 8:00 everywhere."""
    return datetime.combine(day, clock, _zone(zone)).astimezone(UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def due_at(day: date, clock: time, zone: str) -> datetime:
    """The instant of the store's wall clock on a day. A time that a clock change skips is taken an hour later."""
    local = datetime.combine(day, clock, _zone(zone))
    there_and_back = local.astimezone(UTC).astimezone(_zone(zone))
    return (local if there_and_back.time() == clock else there_and_back).astimezone(UTC)


def latest(due: datetime, hours: float) -> datetime:
    """Until when a text that was due may still go."""
    return due + timedelta(hours=hours)
