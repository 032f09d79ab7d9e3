"""What is wrong in the platform's own records: automations of the store, effects, internet, backups; and on its disks.

What belongs here: from tables and disks to looks (core/alerts.py). What does not: Dagster's records
(dagster_instance/looks.py), its processes (cli/platform_reading.py) and telling anybody (alerting.py).
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from ops_platform.adapters.database import Database, records
from ops_platform.adapters.sandbox_address import sandbox_of
from ops_platform.core.alerts import Cause, Look, duration
from ops_platform.core.defects import without_text
from ops_platform.core.effects import KINDS
from ops_platform.core.platform_causes import BackupReading, DiskReading, backup_look
from ops_platform.core.privacy import masked
from ops_platform.settings import Settings
from ops_platform.settings_modes import sandbox_kinds

LOOK_BACK_DAYS: Final = 35
FAILED_DAYS: Final = 7
"""A failed effect is told of for so long; then it is history."""
_NEXT_CHANCE: Final = timedelta(minutes=90)
"""An automation that runs every hour has had another chance by then."""
_LONGEST: Final = 400

OUTAGES: Final[Mapping[str, tuple[str, str]]] = {
    "Counterpoint's database does not answer": ("counterpoint", "The point of sale does not answer"),
    "the WebDAV server did not answer": ("webdav", "The web shop's file server does not answer"),
    "the WebDAV server could not do it now": ("webdav", "The web shop's file server does not answer"),
    "look at status.bigcommerce.com": ("bigcommerce", "The web shop does not answer"),
    "no sandbox is running": ("sandbox", "The sandbox that the store's systems are in is not running"),
}
"""Words of an error that mean: the system is away. They are told by system, whichever automations it stops."""

_KINDS: Final = {
    "email": "mail",
    "coupon": "coupon",
    "coupon_deletion": "deletion of coupons",
    "customer": "new customer",
    "text": "text message",
    "command": "command",
}
_SAID: Final = {
    "unknown": ("{n} {what} may or may not have gone out", "They are never repeated blindly."),
    "failed": ("{n} {what} failed", "They will not be tried again by themselves."),
    "overdue": ("{n} {what} should have gone out long ago", "Nobody delivers them: is the daemon running?"),
    "paused": ("{n} {what} wait, because they are paused", "`ops resume` lets them go."),
}


@dataclass(frozen=True)
class Told:
    """What the area retail tells already. runs: of Dagster; assets: of automations that failed, as `retail/brands`."""

    runs: frozenset[str] = frozenset()
    assets: frozenset[str] = frozenset()


def database_looks(db: Database, settings: Settings, now: datetime) -> tuple[list[Look], Told]:
    """The areas retail, effects, internet and backup; and what Dagster's records need not tell again."""
    runs = _read("runs", lambda: _rows(db, "runs_with_failed_automations", days=LOOK_BACK_DAYS))
    newest = _read("retail", lambda: _rows(db, "newest_automation_runs", days=LOOK_BACK_DAYS))
    kinds = _looked_at(settings)
    effects = _read("effects", lambda: _troubled(db, settings, kinds))
    looks = [
        _of("retail", newest, retail_look),
        _of("effects", effects, lambda rows: effects_look(rows, now, kinds)),
        _of("internet", _read("internet", lambda: _connectivity(db, settings)), internet_look),
        _backups(db, settings, now),
    ]
    failed = (f"retail/{row['automation']}" for row in newest or () if row["status"] == "failed")
    return looks, Told(frozenset(row["run_id"] for row in runs or ()), frozenset(failed))


def retail_look(rows: list[dict[str, Any]]) -> Look:
    """The area retail. rows: the newest run of each automation (automation, status, error, failures, waits)."""
    causes: list[Cause] = []
    well = {f"retail/{row['automation']}": "it ran again without an error" for row in rows if row["status"] != "failed"}
    well |= {f"retail/held-{row['automation']}": "nothing waits any more" for row in rows if not row["waits"]}
    away: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["waits"]:
            causes.append(_held(row["automation"]))
        if row["status"] != "failed":
            continue
        system = next((found for words, found in OUTAGES.items() if words in (row["error"] or "")), None)
        if system:
            away.setdefault(system[0], []).append(row)
            well[f"retail/{row['automation']}"] = f"it is told as retail/system-{system[0]}"
        else:
            causes.append(_automation(row))
    for name, title in {found[0]: found[1] for found in OUTAGES.values()}.items():
        if name in away:
            causes.append(_outage(name, title, away[name]))
        else:
            well[f"retail/system-{name}"] = "everything that uses it ran again"
    return Look("retail", tuple(causes), well)


def effects_look(rows: list[dict[str, Any]], now: datetime, kinds: Collection[str]) -> Look:
    """The area effects. rows: kind, trouble, effects, since, automations, reason. kinds: those that were looked at."""
    causes = []
    for row in rows:
        title, meaning = _SAID[row["trouble"]]
        count, kind = int(row["effects"]), row["kind"]
        what = _KINDS.get(kind, kind)
        plural = what if count == 1 else "deletions of coupons" if kind == "coupon_deletion" else f"{what}s"
        reason = f" Of the newest it is said: {_error(row['reason'])}" if row["reason"] else ""
        advice = "`ops effects` lists them and says what can be done."
        is_paused = row["trouble"] == "paused"
        causes.append(
            Cause(
                f"effects/{row['trouble']}-{kind}",
                title.format(n=count, what=plural),
                f"Of {row['automations']}, for {duration(now - row['since'])}. {meaning}{reason}",
                advice,
                "warning" if is_paused else "error",
                # A pause was somebody's decision; only one that was forgotten is news.
                timedelta(hours=24) if is_paused else timedelta(0),
            )
        )
    # Failed ones leave the look also when nobody touched them; the words must not say that somebody did.
    well = {f"effects/failed-{kind}": f"none is left that failed in the last {FAILED_DAYS} days" for kind in kinds}
    return Look("effects", tuple(causes), well)


def internet_look(rows: list[dict[str, Any]]) -> Look:
    """The area internet. rows: the newest check (is_connected, hosts), or none."""
    if not rows or rows[0]["is_connected"]:
        return Look("internet", (), {"internet/away": "a host answers again"})
    cause = Cause(
        "internet/away",
        "There is no internet connection",
        f"None of {rows[0]['hosts']} hosts could be reached. Nothing can be uploaded or sent meanwhile.",
        "Look at the router; what was missed is done at its next time.",
    )
    return Look("internet", (cause,))


def disk_readings(settings: Settings) -> list[DiskReading] | None:
    """Room for the platform's home, temporary files and the embedded database; None when it cannot be asked."""
    folders = {"home": settings.home, "temporary files": Path(tempfile.gettempdir())}
    cluster = settings.home / "postgres"
    if cluster.exists():
        folders["database"] = cluster.resolve()
    try:
        return [_disk(role, folder) for role, folder in folders.items()]
    except OSError as error:
        _log.warning("the disks could not be looked at: %s", error)
        return None


def live_kinds(settings: Settings) -> list[str]:
    """The kinds of effects whose system is a real one now: what was left from the sandbox concerns nobody."""
    in_sandbox = sandbox_kinds(settings)
    return [kind for kind in KINDS if kind not in in_sandbox]


def _looked_at(settings: Settings) -> list[str]:
    """The kinds of effects that may be delivered now: those of the sandbox only while one runs."""
    return live_kinds(settings) if sandbox_of(settings.home) is None else list(KINDS)


def _automation(row: dict[str, Any]) -> Cause:
    name, failures = row["automation"], int(row["failures"])
    often = f" {failures} times in a row." if failures > 1 else ""
    return Cause(
        f"retail/{name}",
        f"The automation {name} failed",
        f"{_error(row['error'])}{often}",
        f"`ops retail plan {name}` shows what it would do; `ops retail apply {name}` tries it now.",
    )


def _held(name: str) -> Cause:
    return Cause(
        f"retail/held-{name}",
        f"A plan of {name} waits for a person",
        "It would change unusually much; nothing is changed till somebody decides.",
        "`ops retail held` shows it; then `ops retail approve BATCH` or `drop BATCH`.",
        "warning",
    )


def _outage(name: str, title: str, rows: list[dict[str, Any]]) -> Cause:
    names = ", ".join(sorted(row["automation"] for row in rows))
    again = max(int(row["failures"]) for row in rows) > 1
    return Cause(
        f"retail/system-{name}",
        title,
        f"{_error(rows[0]['error'])} Not done: {names}.",
        "Each tries again at its next time; `ops retail apply NAME` tries one now.",
        patience=timedelta(0) if again else _NEXT_CHANCE,
    )


def _error(text: str | None) -> str:
    """An error as it may be mailed: of a defect only the kind, because its text may quote anybody."""
    said = text or "It gave no reason"
    kind = without_text(said)
    if kind is not None:
        return f"{_short(kind)} (a defect; the log of the code server has all of it)."
    said = _short(said)
    return said if said.endswith((".", "...")) else f"{said}."


def _short(text: str) -> str:
    text = " ".join(masked(text).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} ..."


def _troubled(db: Database, settings: Settings, kinds: list[str]) -> list[dict[str, Any]]:
    return _rows(
        db,
        "effects_in_trouble",
        kinds=kinds,
        live_kinds=live_kinds(settings),
        unknown_minutes=settings.alerts.unknown_minutes,
        overdue_minutes=settings.effects.overdue_minutes,
        failed_days=FAILED_DAYS,
    )


def _connectivity(db: Database, settings: Settings) -> list[dict[str, Any]]:
    return _rows(db, "newest_connectivity", is_sandbox=settings.retail.internet.mode == "sandbox")


def _backups(db: Database, settings: Settings, now: datetime) -> Look:
    rows = _read("backup", lambda: _rows(db, "newest_backups"))
    # A target that is not copied any more grows old for ever.
    wanted = {*settings.retail.backups.targets, *(["database"] if settings.retail.backups.database else [])}
    readings = None if rows is None else [BackupReading(**row) for row in rows if row["name"] in wanted]
    return backup_look(readings, now, most_hours=settings.retail.backups.max_age_hours)


def _disk(role: str, folder: Path) -> DiskReading:
    there = next(each for each in (folder, *folder.parents) if each.is_dir())
    usage = shutil.disk_usage(there)
    share = 1.0
    if hasattr(os, "statvfs"):
        found = os.statvfs(there)
        share = found.f_favail / found.f_files if found.f_files else 1.0
    return DiskReading(role, str(folder), usage.free, usage.total, str(there.stat().st_dev), share)


_log = logging.getLogger(__name__)


def _rows(db: Database, query: str, **parameters: Any) -> list[dict[str, Any]]:
    with db.engine.connect() as connection:
        return records(connection, f"operations/{query}", **parameters)


def _read(area: str, read: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]] | None:
    """What a query says; None when it cannot be asked (the database is away, or not migrated yet)."""
    try:
        return read()
    except sa.exc.SQLAlchemyError as error:
        _log.warning("%s could not be looked at: %s", area, str(error).splitlines()[0])
        return None


def _of(area: str, rows: list[dict[str, Any]] | None, look: Callable[[list[dict[str, Any]]], Look]) -> Look:
    return Look(area, None) if rows is None else look(rows)
