"""Carrying out changes, target by target, and telling what became of each. Whether they may be made is decided before.

What belongs here: from a change set to the adapters. What does not: recording (audit.py), limits and order (runner.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import pandas as pd

from ops_platform.adapters.backup_store import BackupStoreError
from ops_platform.adapters.bigcommerce import BigCommerceError
from ops_platform.adapters.counterpoint import CounterpointError
from ops_platform.adapters.counterpoint_writes import update_customers, update_items
from ops_platform.adapters.database import Database, copy_rows
from ops_platform.flows.retail.backups import apply_backups
from ops_platform.flows.retail.photos import PhotoOutcome, apply_photos
from ops_platform.flows.retail.systems import Systems

RESULT_COLUMNS: Final = ["target", "key", "field", "status", "detail"]
_PHOTOS: Final = {
    "file_name": "text",
    "action": "text",
    "new_name": "text",
    "old_bytes": "int8",
    "new_bytes": "int8",
    "old_size": "text",
    "new_size": "text",
    "detail": "text",
    "run_id": "text",
}


def apply_changes(
    db: Database, systems: Systems, changes: pd.DataFrame, *, now: datetime, run_id: str | None
) -> pd.DataFrame:
    """Make the changes; return a row a change: target, key, field, status (applied, conflict, failed), detail.

    A system that is away fails its own changes only; those of the others are made.
    """
    writers: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "counterpoint": lambda some: update_items(systems.counterpoint, some, now=now),
        "customers": lambda some: update_customers(systems.counterpoint, some, now=now),
        # Opened here and not before: without a web shop the point of sale is written all the same.
        "bigcommerce": lambda some: systems.bigcommerce.update_products(some),  # noqa: PLW0108
        "files": lambda some: _photos(db, systems, some, run_id),
        "backups": lambda some: apply_backups(db, systems.settings, some, run_id=run_id),
    }
    done = []
    for target, some in changes.groupby("target", sort=True):
        try:
            result = writers[str(target)](some)
        except (CounterpointError, BigCommerceError, BackupStoreError) as error:
            result = some[["key", "field"]].assign(status="failed", detail=str(error)[:500])
        done.append(result.assign(target=target)[RESULT_COLUMNS])
    return pd.concat(done, ignore_index=True) if done else pd.DataFrame(columns=RESULT_COLUMNS, dtype=object)


def _photos(db: Database, systems: Systems, changes: pd.DataFrame, run_id: str | None) -> pd.DataFrame:
    outcomes = apply_photos(systems.photos, changes, systems.settings.retail.photos)
    with db.transaction() as connection:
        copy_rows(connection, "photo_files", _PHOTOS, [_photo_row(outcome, run_id) for outcome in outcomes])
    rows = [(outcome.name, "file", outcome.status, outcome.detail) for outcome in outcomes]
    return pd.DataFrame(rows, columns=["key", "field", "status", "detail"], dtype=object)


def _photo_row(outcome: PhotoOutcome, run_id: str | None) -> tuple[object, ...]:
    return (
        outcome.name,
        outcome.action,
        outcome.new_name,
        outcome.bytes_before,
        outcome.size,
        outcome.pixels_before,
        outcome.pixels,
        outcome.detail or None,
        run_id,
    )
