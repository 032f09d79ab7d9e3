"""Where alerts are kept: in a file of the home and in the table ops.alerts. Either may be away, and nobody hears twice.

What belongs here: reading both, the newer version of each alert, writing both. What does not: what alerts mean
(core/alerts.py). The file is for a database that is away; the table for a disk that is full, for people and reports.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from filelock import FileLock, Timeout

from ops_platform.adapters.database import Database, execute, records
from ops_platform.adapters.files import FileWriteError, write_if_changed
from ops_platform.core.alerts import Alert, Rules, forget

_VERSION: Final = 1
_MOMENTS: Final = frozenset(
    ["first_seen", "last_seen", "due_at", "told_at", "reminded_at", "acked_at", "over_at", "over_told_at", "changed_at"]
)
_NEXT: Final = timedelta(microseconds=1)
_LONG_AGO: Final = timedelta(days=2)
_log = logging.getLogger(__name__)


class BusyError(Exception):
    """Another process is looking just now."""


@dataclass(frozen=True)
class Delivery:
    """That a message went to a channel. reason: why it could not."""

    key: str
    kind: str
    channel: str
    subject: str
    sent_at: datetime
    reason: str | None = None


@dataclass
class Known:
    """What is known at the beginning of a look. troubles: channel -> why it could not deliver the last message."""

    alerts: list[Alert] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)


class Book:
    """The record of one home, for as long as a process looks. db None: without the table, the database is away.

    What was read once is remembered: with the database away and the disk full nobody hears twice either. A file that
    could not be written (`_is_ahead`) tells of troubles as they were before; those of now must not be lost to it.
    """

    def __init__(self, home: Path, rules: Rules, db: Database | None = None) -> None:
        self.file = home / "operations" / "alerts.json"
        self.db = db
        self._rules = rules
        self._changed: dict[tuple[str, datetime], tuple[Alert, datetime]] = {}
        self._unrecorded: list[Delivery] = []
        self._troubles: dict[str, str] = {}
        self._is_ahead = False

    def use(self, db: Database | None, rules: Rules) -> None:
        """Take another database (None: it is away) and other rules for what follows."""
        self.db, self._rules = db, rules

    @contextmanager
    def locked(self, seconds: float = 0) -> Iterator[None]:
        """Be the only one who looks or tells, while the block runs. Errors: BusyError after `seconds`."""
        lock = FileLock(self.file.with_suffix(".lock"))
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=seconds)
        except Timeout:
            raise BusyError("another process looks after alerts just now") from None
        except OSError as error:  # a full or read-only disk is what alerts are for
            _log.warning("the lock of alerts could not be taken: %s", error)
        try:
            yield
        finally:
            lock.release()

    def load(self, now: datetime) -> Known:
        """Read what is known; of each alert the version that was written last, wherever that is."""
        stored = self._from_file()
        if stored:
            # One that the table has by now is no second row there.
            of_file = [Delivery(**row) for row in stored["unrecorded"]]
            self._unrecorded += [each for each in of_file if each not in self._unrecorded]
            if not self._is_ahead:
                self._troubles = dict(stored["troubles"])
        for row in [*self._from_table(now), *stored.get("alerts", [])]:
            alert, changed_at = _alert(row), row["changed_at"]
            before = self._changed.get(alert.identity)
            if before is None or changed_at > before[1]:
                self._changed[alert.identity] = (alert, changed_at)
        known = forget([alert for alert, _ in self._changed.values()], now, self._rules)
        self._changed = {alert.identity: self._changed[alert.identity] for alert in known}
        return Known(known, dict(self._troubles))

    def save(self, alerts: Iterable[Alert], now: datetime, *, deliveries: Iterable[Delivery] = ()) -> None:
        """Write what is known now, wherever it can be written; what cannot is written with the next save."""
        kept = list(alerts)
        for delivery in deliveries:
            self._unrecorded.append(delivery)
            self._troubles.pop(delivery.channel, None)
            if delivery.reason:
                self._troubles[delivery.channel] = delivery.reason
        earlier, self._changed = self._changed, {}
        for alert in kept:
            before = earlier.get(alert.identity)
            # One look saves several times at the same moment; each is newer than the one before.
            at = max(now, before[1] + _NEXT) if before else now
            self._changed[alert.identity] = before if before and before[0] == alert else (alert, at)
        rows = {who: {**asdict(alert), "changed_at": at} for who, (alert, at) in self._changed.items()}
        # One whose patience has not passed may vanish without a trace: only the file holds it.
        if self._to_table([rows[alert.identity] for alert in kept if alert.due_at <= now or alert.told_at]):
            self._unrecorded = []
        self._to_file([rows[alert.identity] for alert in forget(kept, now, self._rules)])

    def history(self, most: int) -> list[Alert]:
        """The newest alerts, newest first. Errors: those of the database; ValueError without one."""
        if self.db is None:
            raise ValueError("the history is in the database, which does not answer")
        with self.db.engine.connect() as connection:
            return [_alert(row) for row in records(connection, "operations/alert_history", most=most)]

    def _from_table(self, now: datetime) -> list[dict[str, Any]]:
        if self.db is None:
            return []
        try:
            with self.db.engine.connect() as connection:
                return records(
                    connection, "operations/known_alerts", since=now - self._rules.restless_within - _LONG_AGO
                )
        except sa.exc.SQLAlchemyError as error:
            self._gone(error)
            return []

    def _to_table(self, rows: list[dict[str, Any]]) -> bool:
        if self.db is None:
            return False
        try:
            with self.db.transaction() as connection:
                for row in rows:
                    execute(connection, "operations/put_alert", **row)
                for delivery in self._unrecorded:
                    execute(connection, "operations/put_alert_message", **asdict(delivery))
        except sa.exc.SQLAlchemyError as error:
            self._gone(error)
            return False
        return True

    def _gone(self, error: Exception) -> None:
        _log.warning("alerts are only in %s: %s", self.file, str(error).splitlines()[0])
        self.db = None  # until the next round asks it again

    def _from_file(self) -> dict[str, Any]:
        try:
            stored = json.loads(self.file.read_text(encoding="utf-8"), object_hook=_moments)
            whole = all(set(row) == _ALERT for row in stored["alerts"])
            whole = whole and all(set(row) == _DELIVERY for row in stored["unrecorded"])
            if stored["version"] == _VERSION and whole and isinstance(stored["troubles"], dict):
                return dict(stored)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError):
            pass
        _log.warning("%s cannot be read and is begun anew", self.file)
        return {}

    def _to_file(self, rows: list[dict[str, Any]]) -> None:
        content = {
            "version": _VERSION,
            "alerts": rows,
            "unrecorded": [asdict(delivery) for delivery in self._unrecorded],
            "troubles": self._troubles,
        }
        try:
            write_if_changed(self.file, json.dumps(content, indent=1, default=datetime.isoformat).encode())
            self._is_ahead = False
        except FileWriteError as error:
            self._is_ahead = True
            _log.warning("alerts are only in the database: %s", error)


def _alert(row: Mapping[str, Any]) -> Alert:
    return Alert(**{name: value for name, value in row.items() if name != "changed_at"})


_ALERT: Final = {each.name for each in fields(Alert)} | {"changed_at"}
_DELIVERY: Final = {each.name for each in fields(Delivery)}


def _moments(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has no times: those of an alert and of a delivery."""
    names = _MOMENTS | {"sent_at"}
    return {name: datetime.fromisoformat(value) if name in names and value else value for name, value in row.items()}
