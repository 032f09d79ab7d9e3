"""Backups: what there is to copy, making the copies a plan wants, trying the database's copy, removing old ones.

What belongs here: from changes of target `backups` (retail/automations/back_up.py) to the off-site folder, the record
of it. What does not: which copies are kept (retail/retention.py), and files (adapters/backup_*.py).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd
import psycopg
import sqlalchemy as sa

from ops_platform.adapters.backup_copy import Made, Order, copy_database, copy_files
from ops_platform.adapters.backup_restore import DUMP, FILES
from ops_platform.adapters.backup_source import SourceError
from ops_platform.adapters.backup_store import BackupStore, BackupStoreError
from ops_platform.adapters.database import Database, scalar
from ops_platform.adapters.files import FileWriteError
from ops_platform.adapters.postgres.dump import dump_database, restore_database
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.new_database import drop_database, new_database
from ops_platform.adapters.postgres.urls import mask_url, plain_url
from ops_platform.core.defects import defect
from ops_platform.retail.automations.back_up import DATABASE, FIELD, key_of, name_and_day
from ops_platform.retail.snapshots import BACKUP_COPIES, BACKUP_SOURCES
from ops_platform.settings import Settings

TRIED_IN: Final = "ops_restore_test"
"""The database in which a copy is tried; dropped before and after."""

_TOLD: Final = (SourceError, BackupStoreError, FileWriteError, PostgresError, psycopg.Error, sa.exc.SQLAlchemyError)
_MOST_NAMED: Final = 3
_log = logging.getLogger(__name__)


def store_of(settings: Settings) -> BackupStore:
    """The off-site folder of the settings; without one a folder of our own."""
    dst = settings.retail.backups.dst
    return BackupStore(settings.home / "backups" if dst is None else dst, make=dst is None)


def plain_database_url(db: Database) -> str:
    """The URL of the platform's own database, with its password."""
    return plain_url(db.engine.url.render_as_string(hide_password=False))


# -- what there is


def backup_sources(db: Database, settings: Settings) -> pd.DataFrame:
    """What is to be copied (snapshots.BACKUP_SOURCES)."""
    rules = settings.retail.backups
    rows = [(name, str(target.src), _problem(target.src)) for name, target in rules.targets.items()]
    if rules.database:
        rows.append((DATABASE, mask_url(plain_database_url(db)), ""))
    return pd.DataFrame(rows, columns=list(BACKUP_SOURCES), dtype=object)


def _problem(src: Path) -> str:
    try:
        src.stat()
    except FileNotFoundError:
        return f"{src} is missing"
    except OSError as error:
        return f"{src} cannot be read: {error.strerror or error}"
    return ""


def backup_copies(db: Database, settings: Settings) -> pd.DataFrame:
    """The copies of what is to be copied (snapshots.BACKUP_COPIES). Errors: BackupStoreError: the folder is away."""
    store, rules = store_of(settings), settings.retail.backups
    store.check(known=_is_known(db, store))
    names = [*rules.targets, *([DATABASE] if rules.database else [])]
    rows = [
        (
            name,
            copy.day,
            None if copy.manifest is None else copy.manifest.made_at,
            copy.is_complete,
            0 if copy.manifest is None else len(copy.manifest.files),
            0 if copy.manifest is None else copy.manifest.size,
            copy.problem,
        )
        for name in names
        for copy in store.copies(name)
    ]
    return pd.DataFrame(rows, columns=list(BACKUP_COPIES), dtype=object)


def copies_by_key(copies: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    """Copies by the keys of changes: the newest of each name, and each of a day. Columns of BACKUP_COPIES."""
    found: dict[str, dict[Any, Any]] = {}
    for row in copies.sort_values("day", kind="stable").to_dict("records"):
        value = {FIELD: row["made_at"]}
        found |= {row["name"]: value, key_of(row["name"], row["day"]): value}
    return found


def _is_known(db: Database, store: BackupStore) -> bool:
    return bool(db.frame("retail/backup_store_known", dst=str(store.dst))["known"].iloc[0])


# -- carrying out


def apply_backups(db: Database, settings: Settings, changes: pd.DataFrame, *, run_id: str | None) -> pd.DataFrame:
    """Make copies and remove old ones; a row each: key, field, status, detail.

    One that fails never stops the others. Nothing of a target is removed unless its copy of tonight is good. Errors:
    BackupStoreError when the off-site folder cannot be used at all.
    """
    store = store_of(settings)
    store.open(known=_is_known(db, store))
    worker = _Worker(db, settings, store, run_id)
    done = {}
    rows = changes.to_dict("records")
    for row in sorted(rows, key=lambda row: "/" in row["key"]):  # copies first
        name, day = name_and_day(row["key"])
        done[row["key"]] = worker.copy(name, row["new"]) if day is None else worker.remove(row["key"])
    told = [(row["key"], row["field"], *done[row["key"]]) for row in rows]
    return pd.DataFrame(told, columns=["key", "field", "status", "detail"], dtype=object)


class _Worker:
    """One run. good: the targets whose copy of tonight is good."""

    def __init__(self, db: Database, settings: Settings, store: BackupStore, run_id: str | None) -> None:
        self._db = db
        self._settings = settings
        self._store = store
        self._run_id = run_id
        self._good: set[str] = set()

    def copy(self, name: str, made_at: str) -> tuple[str, str]:
        began, moment = time.monotonic(), datetime.fromisoformat(made_at)
        order = Order(name, moment.date(), made_at, self._settings.retail.backups.min_free_mb * 1024**2)
        made, detail = None, ""
        try:
            self._store.repair(name)
            made = self._made(order)
            detail = _incomplete(made)
        except _TOLD as error:
            detail = " ".join(str(error).split())
        except Exception as error:  # one target never stops the others
            _log.exception("the backup of %s failed", name)
            detail = defect(error)
        copy_id = self._record(order, moment, made, detail, time.monotonic() - began)
        if made is None or detail:
            return "failed", detail[:500]
        self._good.add(name)
        if name == DATABASE:
            self._try_to_restore(made, moment, copy_id)
        return "applied", _done(made)

    def remove(self, key: str) -> tuple[str, str]:
        name, day = name_and_day(key)
        assert day is not None
        if name not in self._good:
            return "failed", "tonight's copy is not good, so nothing older is removed"
        try:
            removed = self._store.remove(name, day)
        except BackupStoreError as error:
            return "failed", str(error)[:500]
        return "applied", "" if removed else "it was gone already"

    def _made(self, order: Order) -> Made:
        rules = self._settings.retail.backups
        if order.name == DATABASE:
            url = plain_database_url(self._db)
            bin_dir = self._settings.postgres.bin_dir
            return copy_database(
                self._store, order, mask_url(url), lambda file: dump_database(url, file, bin_dir=bin_dir)
            )
        target = rules.targets[order.name]
        return copy_files(self._store, order, target.src, exclude=target.exclude, as_zip=rules.zip)

    def _record(self, order: Order, moment: datetime, made: Made | None, detail: str, seconds: float) -> int:
        values: Mapping[str, Any] = {
            "name": order.name,
            "copied_on": order.day,
            "as_of": moment,
            "dst": str(self._store.dst),
            "source": made.manifest.source if made else self._source(order.name),
            "status": made.status if made else "failed",
            "files": len(made.manifest.files) if made else 0,
            "bytes": made.manifest.size if made else 0,
            "seconds": round(seconds, 3),
            "detail": detail or None,
            "run_id": self._run_id,
        }
        with self._db.transaction() as connection:
            return int(scalar(connection, "retail/insert_backup_copy", **values))

    def _source(self, name: str) -> str:
        if name == DATABASE:
            return mask_url(plain_database_url(self._db))
        return str(self._settings.retail.backups.targets[name].src)

    def _try_to_restore(self, made: Made, moment: datetime, copy_id: int) -> None:
        """Restore the database's copy into a database of its own, compare the two, and drop it; where that is due."""
        days = self._settings.retail.backups.test_restore_days
        tried = self._db.frame("retail/newest_restore_test")["tried_at"].iloc[0]
        if not days or (tried is not None and timedelta(0) <= moment - tried < timedelta(days=days)):
            return
        url, error = plain_database_url(self._db), None
        file = made.folder / FILES / DUMP
        try:
            drop_database(self._settings, url, TRIED_IN)
            try:
                there = new_database(self._settings, url, TRIED_IN)
                restore_database(file, there, made.manifest.tables, bin_dir=self._settings.postgres.bin_dir)
            finally:
                drop_database(self._settings, url, TRIED_IN)
        except _TOLD as failure:
            error = " ".join(str(failure).split())[:500]
        self._db.execute("retail/put_restore_test", copy_id=copy_id, error=error)


def _done(made: Made) -> str:
    manifest = made.manifest
    unsteady = f"; {len(manifest.unsteady)} changed while they were copied" if manifest.unsteady else ""
    skipped = f"; {len(manifest.skipped)} links left out" if manifest.skipped else ""
    what = "the same as the copy of today" if made.status == "unchanged" else f"{made.linked} taken over"
    files = "a dump" if manifest.kind == "database" else f"{len(manifest.files):,} files, {what}"
    return f"{files}, {manifest.size / 1024**2:,.1f} MB{unsteady}{skipped}"


def _incomplete(made: Made) -> str:
    lost = made.manifest.lost
    if not lost:
        return ""
    named = "; ".join(f"{each.path}: {each.reason}" for each in lost[:_MOST_NAMED])
    more = f"; and {len(lost) - _MOST_NAMED:,} more" if len(lost) > _MOST_NAMED else ""
    return f"{len(lost):,} files could not be copied, the others were: {named}{more}"
