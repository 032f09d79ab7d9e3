"""The record of a load: what it did, whether it was done before, and that it failed.

What belongs here: order_loads. What does not: loading (loading.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ops_platform.adapters.database import Database, records


@dataclass(frozen=True)
class LoadReport:
    """What one file or page did. read = new + updated + duplicate + superseded + rejected, always.

    updated: orders a newer event changed; duplicate: said nothing new; superseded: older than what is stored.
    reject_codes: what was refused by reason, lines too. *_linked: of the lines written, those with a menu item.
    """

    name: str
    source: str
    load_id: int
    already_loaded: bool
    orders_read: int
    orders_new: int
    orders_updated: int
    orders_duplicate: int
    orders_superseded: int
    orders_rejected: int
    items_loaded: int
    addons_loaded: int
    lines_rejected: int
    seconds: float
    items_linked: int = 0
    addons_linked: int = 0
    reject_codes: dict[str, int] = field(default_factory=dict)
    cursor_after: int | None = None
    note: str = ""

    @property
    def conserved(self) -> bool:
        """Nothing was lost and nothing invented."""
        parts = (self.orders_new, self.orders_updated, self.orders_duplicate, self.orders_superseded)
        return self.orders_read == sum(parts) + self.orders_rejected

    @property
    def matched(self) -> float | None:
        """Share of the written lines of bills that have a menu item, 0 to 1; None when no line was written."""
        return self.items_linked / self.items_loaded if self.items_loaded else None

    def as_dict(self) -> dict[str, Any]:
        """For --json and metadata."""
        return asdict(self) | {"conserved": self.conserved, "matched": self.matched}


@dataclass(frozen=True)
class Attempt:
    """A load that is tried. run_id: of the Dagster run, if one asks."""

    source: str
    name: str
    run_id: str | None
    sha256: str | None = None
    cursor_before: int | None = None
    cursor_after: int | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _clock: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return round(time.perf_counter() - self._clock, 3)


def already_loaded(connection: sa.Connection, attempt: Attempt) -> LoadReport | None:
    """Return what an earlier load of the same bytes did; None when there was none."""
    found = records(connection, "restaurant/order_load_by_hash", sha256=attempt.sha256)
    if not found:
        return None
    [row] = found
    kept = {name: row[name] for name in LoadReport.__dataclass_fields__ if name.startswith(("orders_", "lines_"))}
    return LoadReport(
        name=attempt.name,
        source=row["source"],
        load_id=row["load_id"],
        already_loaded=True,
        items_loaded=row["items_loaded"],
        addons_loaded=row["addons_loaded"],
        seconds=attempt.seconds,
        note="" if row["name"] == attempt.name else f"same content as {row['name']}",
        **kept,
    )


@contextmanager
def recorded(db: Database, attempt: Attempt) -> Iterator[None]:
    """Keep a failed attempt for the operator; the error itself goes on to the caller."""
    try:
        yield
    except Exception as error:
        db.execute(
            "restaurant/insert_failed_order_load",
            source=attempt.source,
            name=attempt.name,
            sha256=attempt.sha256,
            cursor_before=attempt.cursor_before,
            cursor_after=attempt.cursor_after,
            started_at=attempt.started_at,
            error=_told(error),
            run_id=attempt.run_id,
        )
        raise


def _told(error: Exception) -> str:
    """The error for the record. Of the database's only the first line: the others quote rows, with who ordered."""
    text = str(error)
    if isinstance(error, sa.exc.DBAPIError):
        text = str(error.orig).splitlines()[0]
    return f"{type(error).__name__}: {text}"[:4000]
