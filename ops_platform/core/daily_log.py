"""The daily log: what ran on a day, how long, with which errors, as a text that people read. Pure.

What belongs here: a day's bounds in a time zone, names of files, and the text. What does not: what ran
(flows/operations/daily_log.py and dagster_instance/processes.py), and writing the file.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

Status = Literal["done", "held", "planned", "failed", "running", "canceled"]

WIDTH: Final = 100
_EVERY_HOUR: Final = 25
_SAID: Final[dict[Status, str]] = {
    "done": "done",
    "held": "held: it waits for a person",
    "planned": "only planned, nothing was written",
    "failed": "FAILED",
    "running": "still running",
    "canceled": "ended by a person",
}
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Process:
    """One thing that ran. started_at: aware. seconds: None while it runs. notes: what it did; errors: what went wrong.

    errors: (count, text), because a line may tell of many. times: how often it ran, where a section tells of many.
    """

    name: str
    started_at: datetime
    seconds: float | None
    status: Status
    notes: tuple[str, ...] = ()
    errors: tuple[tuple[int, str], ...] = ()
    times: int = 1

    @property
    def error_count(self) -> int:
        """How many errors it had."""
        return sum(count for count, _ in self.errors)


@dataclass(frozen=True)
class Totals:
    """What stands at the end of a log."""

    processes: int
    by_status: dict[Status, int]
    seconds: float
    errors: int


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a day and of the next one, in UTC: 23 or 25 hours apart when the clocks change."""
    first, last = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    return first.astimezone(UTC), last.astimezone(UTC)


def file_name(prefix: str, day: date) -> str:
    """`automations_05_14_26.txt`."""
    return f"{prefix}_{day:%m_%d_%y}.txt"


def totals(processes: Iterable[Process]) -> Totals:
    """Count a day."""
    ran = list(processes)
    statuses: Counter[Status] = Counter()
    for process in ran:
        statuses[process.status] += process.times
    by_status = {name: statuses[name] for name in _SAID if statuses[name]}
    seconds = sum(process.seconds or 0.0 for process in ran)
    return Totals(statuses.total(), by_status, seconds, sum(process.error_count for process in ran))


def gathered(processes: Iterable[Process], zone: ZoneInfo) -> list[Process]:
    """The same with what ran without an error more often than every hour in one section each, not in hundreds."""
    quiet: dict[str, list[Process]] = {}
    found = []
    for process in processes:
        if process.status == "done" and not process.errors:
            quiet.setdefault(process.name, []).append(process)
        else:
            found.append(process)
    for name, some in quiet.items():
        if len(some) <= _EVERY_HOUR:
            found += some
            continue
        some.sort(key=lambda each: each.started_at)
        last = some[-1].started_at.astimezone(zone)
        note = f"{len(some):,} times without an error, the last one at {last:%H:%M:%S}"
        seconds = sum(each.seconds or 0.0 for each in some)
        found.append(Process(name, some[0].started_at, seconds, "done", (note,), times=len(some)))
    return found


def day_text(title: str, day: date, zone: ZoneInfo, processes: Sequence[Process]) -> str:
    """The log of a day: a section a process, in the order they began, and the totals."""
    start, end = day_bounds(day, zone)
    # An hour comes twice, or not at all: only the name of the time tells which one is meant.
    named = start.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset()
    written = f"{_DAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}, {day.year}"
    parts = [f"{title}: {written} ({zone.key})", "=" * WIDTH, ""]
    for process in sorted(processes, key=lambda each: (each.started_at, each.name)):
        parts += [*_section(process, zone, named=named), ""]
    return "\n".join([*parts, "=" * WIDTH, *_closing(totals(processes))]) + "\n"


def span(seconds: float) -> str:
    """How long: `0.8 s`, `1 min 12.4 s`, `2 h 3 min`."""
    seconds = round(max(seconds, 0.0), 1)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes:.0f} min {rest:.1f} s"
    return f"{minutes // 60:.0f} h {minutes % 60:.0f} min"


def _section(process: Process, zone: ZoneInfo, *, named: bool) -> list[str]:
    local = process.started_at.astimezone(zone)
    clock = f"{local:%H:%M:%S}" + (f" {local.tzname()}" if named else "")
    indent = " " * (len(clock) + 2)
    lines = [f"{clock}  {process.name}"]
    for note in process.notes:
        lines += _wrapped(note, indent)
    for _, text in process.errors:
        lines += _wrapped(f"ERROR: {text}", indent)
    took = "" if process.seconds is None else f"; total time {span(process.seconds)}"
    count = process.error_count
    errors = f"; {count:,} error{'s' if count > 1 else ''}" if count else ""
    return [*lines, f"{indent}{_SAID[process.status]}{took}{errors}"]


def _wrapped(text: str, indent: str) -> list[str]:
    # Long paths and URLs stay whole: people copy them. What an error quotes may hold line ends and worse.
    text = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _closing(found: Totals) -> list[str]:
    statuses = ", ".join(f"{count} {name}" for name, count in found.by_status.items())
    return [
        f"Processes:    {found.processes:,}" + (f" ({statuses})" if statuses else ""),
        f"Total time:   {span(found.seconds)}",
        f"Total errors: {found.errors:,}",
    ]
