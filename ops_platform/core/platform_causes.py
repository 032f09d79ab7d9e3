"""What is wrong with the platform's own parts: its processes, databases and disks. Pure: readings in, looks out.

What belongs here: when a reading is a cause, and its words. One fault is one cause: what can only follow from another
(no heartbeat without a database) is then not looked at. What does not: taking the readings (cli/platform_reading.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ops_platform.core.alerts import Cause, Look, duration

GIB: Final = 1024**3
_RESTART: Final = timedelta(minutes=1)
"""A database or a service that is started again answers within this."""
_BOOT: Final = timedelta(minutes=5)
_MAINTENANCE: Final = timedelta(minutes=15)
_RESTARTS: Final = 3


@dataclass(frozen=True)
class PlatformReading:
    """What was found of `ops up` and its services. Times are aware.

    began_at: when `ops up` of this home began; None: it was never started here. is_up: its process lives. ended_at:
    when it ended as somebody asked. database, ui, code_server, forms: why it does not answer; None: it does, or is not
    wanted.
    own_database: the server is embedded, so it ends with the platform. heartbeats: kind of daemon -> newest; None when
    they could not be read. daemons: the kinds there have to be. restarts: service -> when it was started again lately.
    """

    began_at: datetime | None
    is_up: bool = False
    ended_at: datetime | None = None
    own_database: bool = True
    database: str | None = None
    ui: str | None = None
    code_server: str | None = None
    forms: str | None = None
    heartbeats: Mapping[str, datetime] | None = None
    daemons: Sequence[str] = ()
    restarts: Mapping[str, Sequence[datetime]] = field(default_factory=dict)


def platform_looks(reading: PlatformReading, now: datetime, *, silent_after: timedelta) -> list[Look]:
    """The areas platform, database, daemon and services. silent_after: the oldest heartbeat a living daemon has."""
    beats = reading.heartbeats
    fresh = bool(beats) and now - max(beats.values()) < silent_after  # type: ignore[union-attr]
    is_down = not reading.is_up and not fresh
    down = _down(reading) if is_down else None
    looks = [Look("platform", (down,) if down else ())]
    if is_down and reading.own_database:
        # Its database, daemon and services are away with it: that is this one cause, or none if it never ran.
        return [*looks, *(Look(area, None) for area in ("database", "daemon", "services"))]
    looks.append(Look("database", (_database_away(reading.database),) if reading.database else ()))
    if is_down or reading.database or beats is None:
        looks.append(Look("daemon", None))
    else:
        silent = _silent(reading, now, silent_after)
        looks.append(Look("daemon", (silent,) if silent else ()))
    looks.append(Look("services", tuple(_services(reading, now)) if reading.is_up else None))
    return looks


def _down(reading: PlatformReading) -> Cause | None:
    if reading.began_at is None:
        return None
    advice = "Start it: `ops up`, or the service that does. What was missed runs at the next start, once."
    if reading.ended_at is not None:
        return Cause(
            "platform/down",
            "The platform is stopped",
            f"It was ended as somebody asked, at {reading.ended_at:%Y-%m-%d %H:%M} UTC; no schedule runs meanwhile.",
            advice,
            "warning",
            _MAINTENANCE,
        )
    return Cause(
        "platform/down",
        "The platform is not running",
        "`ops up` ended without being asked (a power cut, a kill, a crash); no schedule runs meanwhile.",
        advice,
        patience=_BOOT,
    )


def _database_away(reason: str) -> Cause:
    return Cause(
        "database/away",
        "The database does not answer",
        reason,
        "Look at it with `ops doctor`. Runs fail meanwhile; each may be repeated.",
        patience=_RESTART,
    )


def _silent(reading: PlatformReading, now: datetime, silent_after: timedelta) -> Cause | None:
    # One that has just been started says something soon; until then its old heartbeats mean nothing.
    started = reading.began_at if reading.is_up else None
    since = started or datetime.min.replace(tzinfo=now.tzinfo)
    beats = reading.heartbeats or {}
    silent = [kind for kind in reading.daemons if now - max(beats.get(kind, since), since) >= silent_after]
    if not silent:
        return None
    newest = max((beats[kind] for kind in silent if kind in beats), default=None)
    said = f"last seen {duration(now - newest)} ago" if newest else "never seen since the start"
    which = "all of it" if len(silent) == len(reading.daemons) else ", ".join(name.lower() for name in silent)
    return Cause(
        "daemon/silent",
        "The daemon is silent: no schedule and no sensor runs",
        f"Silent: {which} ({said}).",
        "Look at the end of its log (`logs/daemon.log` in the platform's home) and start the platform again: Ctrl-C, "
        "`ops up`.",
        patience=2 * _RESTART,  # after an outage of the database it has to begin again
    )


def _services(reading: PlatformReading, now: datetime) -> list[Cause]:
    found = []
    answers = {"the code server": reading.code_server, "the web page": reading.ui, "the page of forms": reading.forms}
    for name, reason in answers.items():
        if reason:
            found.append(
                Cause(
                    f"services/{name.removeprefix('the ').replace(' ', '-')}",
                    f"{name[0].upper()}{name[1:]} does not answer"
                    + (", so no job can start" if name == "the code server" else ""),
                    reason,
                    "It is started again by itself; if that does not help, the end of its log says why.",
                    patience=2 * _RESTART,
                )
            )
    for service, moments in sorted(reading.restarts.items()):
        lately = [each for each in moments if now - each < timedelta(minutes=15)]
        if len(lately) >= _RESTARTS:
            found.append(
                Cause(
                    f"services/{service}-restarts",
                    f"The {service} keeps ending",
                    f"It was started again {len(lately)} times in 15 minutes.",
                    f"The end of `logs/{service}.log` in the platform's home says why.",
                    "warning",
                )
            )
    return found


@dataclass(frozen=True)
class DiskReading:
    """Room on the disk of a folder, in bytes. device: the same for folders of one disk. files_free: share of inodes."""

    role: str
    path: str
    free: int
    total: int
    device: str = ""
    files_free: float = 1.0


def disk_look(readings: Sequence[DiskReading] | None, *, free_gb: float, free_percent: float) -> Look:
    """The area disk: a disk is nearly full below both limits, so that neither a large nor a small one cries wolf."""
    if readings is None:
        return Look("disk", None)
    disks: dict[str, list[DiskReading]] = {}
    for reading in readings:
        disks.setdefault(reading.device or reading.path, []).append(reading)
    return Look("disk", tuple(_full(some) for some in disks.values() if _is_full(some[0], free_gb, free_percent)))


def _is_full(disk: DiskReading, free_gb: float, free_percent: float) -> bool:
    few = disk.free < free_gb * GIB and disk.free * 100 < free_percent * disk.total
    return few or disk.files_free * 100 < min(free_percent, 1.0)


def _full(some: Sequence[DiskReading]) -> Cause:
    disk = some[0]
    for_what = " and ".join(reading.role for reading in some)
    free = f"{disk.free / GIB:.2f} of {disk.total / GIB:.1f} GB"
    room = f"{free} are free" if disk.files_free >= 0.01 else f"hardly another file fits ({free} are free)"
    return Cause(
        f"disk/{disk.role.replace(' ', '-')}",
        f"The disk of {for_what} is nearly full",
        f"{room} for {disk.path}.",
        "Free some space: nothing can be written when it is full. What is there stays whole.",
    )


@dataclass(frozen=True)
class BackupReading:
    """A target of backups. made_at: its newest good copy; None: it never had one. tried_at: when it was first tried."""

    name: str
    made_at: datetime | None
    tried_at: datetime


def backup_look(readings: Sequence[BackupReading] | None, now: datetime, *, most_hours: float) -> Look:
    """The area backup: a target without a good copy is as old as its first try. readings None: not known."""
    if readings is None:
        return Look("backup", None)
    old = [each for each in readings if now - (each.made_at or each.tried_at) > timedelta(hours=most_hours)]
    return Look("backup", tuple(_old_backup(each, now, most_hours) for each in sorted(old, key=lambda each: each.name)))


def _old_backup(reading: BackupReading, now: datetime, most_hours: float) -> Cause:
    if reading.made_at is None:
        title = f"There is no good backup of {reading.name}"
        seen = f"It never had one; the first try was {duration(now - reading.tried_at)} ago"
    else:
        title = f"The newest backup of {reading.name} is old"
        seen = f"It was made {duration(now - reading.made_at)} ago"
    return Cause(
        f"backup/{reading.name}",
        title,
        f"{seen} ({most_hours:g} h allowed).",
        "`ops backup list` shows what there is; `ops backup run` makes one now and says what hinders it.",
    )
