"""The daily log of each business: what the store's automations did, what Dagster ran, one file a day, written whole.

What belongs here: the store's own records as processes, and the files. What does not: Dagster's records
(dagster_instance/processes.py) and the text (core/daily_log.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database, records
from ops_platform.adapters.files import write_if_changed
from ops_platform.core.daily_log import Process, Status, Totals, day_bounds, day_text, file_name, totals
from ops_platform.core.privacy import masked
from ops_platform.settings import Settings

TITLES: Final = {
    "retail": ("automations", "Business automations"),
    "vehicles": ("vehicles", "Vehicles"),
    "restaurant": ("restaurant", "Restaurant"),
    "platform": ("platform", "The platform's own work"),
}
"""Business -> how its files begin, and the title of its log."""

_STATUSES: Final[Mapping[str, Status]] = {"applied": "done", "held": "held", "planned": "planned", "failed": "failed"}
_LONGEST: Final = 500


@dataclass(frozen=True)
class DayLog:
    """The log of one business and day. file: where it stands; text: what stands there."""

    business: str
    day: date
    file: Path
    text: str
    totals: Totals


def zone_of(settings: Settings, business: str) -> ZoneInfo:
    """The time zone that a business counts its days in; the platform's own is the agency's, as in `ops`."""
    zones = {"retail": settings.retail.timezone, "restaurant": settings.restaurant.timezone}
    return ZoneInfo(zones.get(business, settings.vehicles.timezone))


def days_to_write(business: str, settings: Settings, now: datetime) -> list[date]:
    """Yesterday and today there: a process that began before midnight may end after it."""
    today = now.astimezone(zone_of(settings, business)).date()
    return [today - timedelta(days=1), today]


def day_log(business: str, day: date, settings: Settings, processes: Iterable[Process]) -> DayLog:
    """The log of a day, not yet written."""
    prefix, title = TITLES[business]
    ran = list(processes)
    file = settings.daily_log.folder / file_name(prefix, day)
    return DayLog(business, day, file, day_text(title, day, zone_of(settings, business), ran), totals(ran))


def write(log: DayLog) -> bool:
    """Write the file if it says something else than before; True when it did. A day without a process has no file.

    Errors: FileWriteError; the file of before then stays.
    """
    if not log.totals.processes and not log.file.exists():
        return False
    return write_if_changed(log.file, log.text.encode())


def store_processes(db: Database, day: date, settings: Settings) -> list[Process]:
    """What the store's automations did on a day of the store, also those that were started by hand."""
    start, end = day_bounds(day, zone_of(settings, "retail"))
    with db.engine.connect() as connection:
        rows = records(connection, "operations/automations_of_day", start=start, end=end)
    return [_process(row) for row in rows]


def runs_of_automations(db: Database, day: date, settings: Settings) -> frozenset[str]:
    """Dagster's runs whose work `store_processes` tells."""
    start, end = day_bounds(day, zone_of(settings, "retail"))
    with db.engine.connect() as connection:
        return frozenset(
            row["run_id"] for row in records(connection, "operations/runs_of_automations", start=start, end=end)
        )


def _process(row: Mapping[str, Any]) -> Process:
    from ops_platform.retail.registry import AUTOMATIONS  # noqa: PLC0415  # all rules of the store

    titles = {automation.name: f"{automation.title} ({automation.number})" for automation in AUTOMATIONS}
    name = titles.get(row["automation"], row["automation"])
    by_hand = "" if row["run_id"] else ", by hand"
    status = _STATUSES[row["status"]]
    return Process(
        f"{name}{by_hand}", row["started_at"], float(row["seconds"]), status, tuple(_notes(row)), tuple(_errors(row))
    )


def _notes(row: Mapping[str, Any]) -> Iterable[str]:
    counts = {
        "looked at": row["considered"],
        "changes planned": row["changes"],
        "made": row["applied"],
        "left, because somebody had changed the value": row["conflicts"],
        "files published": row["published"],
        "files unchanged": row["unchanged"],
    }
    counts |= {f"effects {status}": count for status, count in sorted((row["effects"] or {}).items())}
    if told := ", ".join(f"{count:,} {name}" for name, count in counts.items() if count):
        yield told
    if row["status"] == "held":
        yield _short(row["held_because"] or "It waits for approval.")


def _errors(row: Mapping[str, Any]) -> Iterable[tuple[int, str]]:
    parts = (
        (row["failed"], row["failed_because"], "changes failed"),
        (row["files_failed"], row["file_failed_because"], "files were not published"),
        (row["effects_failed"], row["effect_failed_because"], "effects failed"),
    )
    told = False
    for count, reason, what in parts:
        if count:
            told = True
            yield int(count), f"{int(count):,} {what}: {_short(reason or row['error'] or 'no reason is known')}"
    if row["status"] == "failed" and not told:
        yield 1, _short(row["error"] or "it gave no reason")


def _short(text: str) -> str:
    text = " ".join(masked(text).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} ..."
