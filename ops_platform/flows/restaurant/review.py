"""The review queue in the database: filled after each load and each matching again, read by people.

What belongs here: storing what restaurant/queue.py plans, and reading what waits. What does not: decisions
(decisions.py) and sheets of them (review_files.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import Database, execute, lock_in_transaction, records
from ops_platform.restaurant.name_text import norm_name
from ops_platform.restaurant.queue import OPEN, Seen, plan_queue, seen_names

NAMES_LOCK: Final = "restaurant.names"
"""Held by whoever changes what names mean, or writes lines by it, until the transaction ends: a line that is written
while its name is decided would else miss the decision."""


@dataclass(frozen=True)
class QueueReport:
    """How many names wait after a refresh, and how many were settled by it."""

    waiting: int
    settled: int


def lock_names(connection: sa.Connection) -> None:
    """Wait until nobody else changes what names mean."""
    lock_in_transaction(connection, NAMES_LOCK)


def refresh_queue(connection: sa.Connection, matched: pd.DataFrame, *, now: datetime) -> QueueReport:
    """Put names that need a person into the queue, with counts and rupees over all their lines.

    matched: results of match_names, of all names or of those just loaded, after their lines were written. What is
    automatic by now is settled; what a person decided stays decided. Works inside the caller's transaction.
    """
    lock_names(connection)
    seen = seen_names(records(connection, "restaurant/queue_lines"))
    statuses = {row["raw_name_norm"]: row["status"] for row in records(connection, "restaurant/queue_statuses")}
    recounted = [
        {"raw_name_norm": norm, **_counts(seen[norm])} if norm in seen else {"raw_name_norm": norm, **_NO_LINES}
        for norm in statuses
    ]
    execute(connection, "restaurant/queue_recount", names=as_json(recounted), now=now)
    plan = plan_queue(matched, seen, [norm for norm, status in statuses.items() if status in OPEN])
    if plan.waiting:
        rows = as_json(row._asdict() for row in plan.waiting)
        execute(connection, "restaurant/queue_put", names=rows, now=now)
    execute(connection, "restaurant/queue_settle", names=plan.settled, now=now)
    return QueueReport(len(plan.waiting), len(plan.settled))


_NO_LINES: Final = {"line_count": 0, "revenue": 0}


def _counts(seen: Seen) -> dict[str, Any]:
    return {name: value for name, value in seen._asdict().items() if name not in ("raw_name", "unlinked")}


def as_json(rows: Iterable[dict[str, Any]]) -> str:
    """Rows for a statement that reads them by jsonb_to_recordset; Decimal and dates as text, which it reads exactly."""
    return json.dumps(list(rows), default=str)


def waiting_names(db: Database, statuses: Sequence[str] = OPEN) -> list[dict[str, Any]]:
    """Names of the queue with these states, dearest first and skipped ones last: rows of match_review_queue."""
    with db.engine.connect() as connection:
        return records(connection, "restaurant/queue_waiting", statuses=list(statuses))


def spellings(connection: sa.Connection, norms: Iterable[str]) -> pd.DataFrame:
    """Every way the books write some names: a frame with name_raw, petpooja_id, kind, as match_names takes it."""
    wanted = set(norms)
    rows = [row for row in records(connection, "restaurant/link_names") if norm_name(row["name_raw"]) in wanted]
    return pd.DataFrame(rows, columns=["name_raw", "petpooja_id", "kind"], dtype=object)


def usual_prices(db: Database, norm: str) -> list[dict[str, Any]]:
    """What a name was sold for: up to three of price, lines; the usual price first."""
    with db.engine.connect() as connection:
        names = spellings(connection, [norm])["name_raw"].unique().tolist()
        return records(connection, "restaurant/queue_prices", names=names)
