"""The record of every change: written down before it is tried, and what became of it after.

What belongs here: the tables change_batches, changes, automation_runs. What does not: making the change (apply.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from ops_platform.adapters.database import Database, copy_frame, execute, scalar

MOST_NOTES: Final = 1000
_CHANGES: Final = {
    "batch_id": "int8",
    "automation": "text",
    "target": "text",
    "key": "text",
    "field": "text",
    "old": "jsonb",
    "new": "jsonb",
    "reason": "text",
    "label": "text",
}
_RESULTS: Final = dict.fromkeys(("target", "key", "field", "status", "detail"), "text")


@dataclass(frozen=True)
class Batch:
    """Who wants the changes of a batch, and when. undoes: the batch that is taken back."""

    automation: str
    as_of: datetime
    is_sandbox: bool
    considered: int = 0
    run_id: str | None = None
    reason: str | None = None
    decided_by: str | None = None
    undoes: int | None = None


def record(db: Database, batch: Batch, changes: pd.DataFrame, *, status: str, planned: int | None = None) -> int:
    """Write a batch down with its changes, in one transaction; return its number."""
    with db.transaction() as connection:
        return record_in(connection, batch, changes, status=status, planned=planned)


def record_in(
    connection: sa.Connection, batch: Batch, changes: pd.DataFrame, *, status: str, planned: int | None = None
) -> int:
    """`record` in the caller's transaction."""
    batch_id = scalar(
        connection,
        "retail/insert_batch",
        **batch.__dict__,
        status=status,
        planned=len(changes) if planned is None else planned,
    )
    _copy_changes(connection, batch_id, batch.automation, changes)
    return int(batch_id)


def _copy_changes(connection: sa.Connection, batch_id: int, automation: str, changes: pd.DataFrame) -> None:
    # As objects: among numbers pandas would make NaN of None, which is no JSON, and floats of whole numbers.
    values = {
        name: pd.Series([_json(value) for value in changes[name]], index=changes.index, dtype=object)
        for name in ("old", "new")
    }
    plain = changes.assign(**values)
    copy_frame(connection, "changes", _CHANGES, plain, batch_id=batch_id, automation=automation)


def finish(
    db: Database,
    batch_id: int,
    results: pd.DataFrame,
    *,
    status: str,
    reason: str | None = None,
    decided_by: str | None = None,
) -> None:
    """Write down what became of a batch. results: target, key, field, status, detail."""
    with db.transaction() as connection:
        if len(results):
            execute(connection, "retail/stage_results")
            copy_frame(connection, "change_results", _RESULTS, results)
            execute(connection, "retail/put_results", batch_id=batch_id)
        execute(
            connection, "retail/finish_batch", batch_id=batch_id, status=status, reason=reason, decided_by=decided_by
        )


def record_run(db: Database, automation: str, as_of: datetime, run_id: str | None, figures: Mapping[str, Any]) -> None:
    """Note that an automation ran. figures: status, considered, changes, notes (frame), api_calls, seconds, error."""
    notes = figures["notes"].head(MOST_NOTES).to_dict("records")
    db.execute(
        "retail/insert_run", automation=automation, as_of=as_of, run_id=run_id, **{**figures, "notes": Jsonb(notes)}
    )


def _json(value: Any) -> Any:
    """A value as JSON keeps it; decimals as numbers, days as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
