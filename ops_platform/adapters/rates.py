"""Rates that all processes of the platform share: a row of calls in the database, by the database's clock."""

from __future__ import annotations

from ops_platform.adapters.database import Database, execute, scalar


def take(db: Database, name: str, *, per_second: float, places: int = 1, burst: float = 0.0) -> float:
    """Join the row of calls that all processes share, with so many; return the seconds until the first may be made.

    burst: how many seconds the row may have stood idle and be made good at once. What is taken and not used is lost.
    """
    with db.transaction() as connection:
        # A place in the row is worth nothing after a crash, so nobody waits for the disk.
        execute(connection, "SET LOCAL synchronous_commit TO off")
        found = scalar(connection, "effects/take", name=name, length=places / per_second, burst=burst)
    return max(0.0, float(found))
