"""Where the ledger stands: counts, what is open, whether there is anything to do. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops_platform.adapters.database import Database, records
from ops_platform.adapters.ledger import ALL
from ops_platform.core.privacy import mask_target, masked
from ops_platform.flows.effects.registry import MAKERS
from ops_platform.settings import Settings
from ops_platform.settings_modes import sandbox_kinds

MOST_SHOWN: Final = 200


def to_do(db: Database, settings: Settings, *, sandbox_runs: bool) -> list[str]:
    """The kinds of which something is due and may be done: not paused, allowed, and their sandbox is there."""
    in_sandbox = sandbox_kinds(settings)
    with db.engine.connect() as connection:
        due = records(
            connection,
            "effects/due_kinds",
            kinds=list(MAKERS),
            sandbox_kinds=in_sandbox,
            live_automations=list(settings.retail.apply),
            most_looks=settings.effects.most_looks,
        )
        paused = {row["kind"] for row in records(connection, "effects/controls") if row["is_paused"]}
    return sorted(
        kind
        for kind in (str(row["kind"]) for row in due)
        if not paused & {kind, ALL} and (sandbox_runs or kind not in in_sandbox)
    )


def counts(db: Database, settings: Settings, *, since: datetime | None = None) -> list[dict[str, Any]]:
    """kind, status, effects; of the systems as they are now. since: of those recorded since."""
    with db.engine.connect() as connection:
        return records(connection, "effects/counts", sandbox_kinds=sandbox_kinds(settings), since=since)


def oldest(db: Database, settings: Settings) -> list[dict[str, Any]]:
    """Each open status with its number of effects and since when the oldest one is so."""
    with db.engine.connect() as connection:
        return records(connection, "effects/oldest", sandbox_kinds=sandbox_kinds(settings))


def open_ones(db: Database, settings: Settings, statuses: Collection[str]) -> list[dict[str, Any]]:
    """Effects in these statuses that a person should look at, masked; planned and claimed ones only when overdue."""
    late = datetime.now(UTC) - timedelta(minutes=settings.effects.overdue_minutes)
    given = {"sandbox_kinds": sandbox_kinds(settings), "due_before": late, "statuses": list(statuses)}
    with db.engine.connect() as connection:
        found = records(connection, "effects/open_ones", most=MOST_SHOWN, **given)
    return [
        {
            "effect": row["key"],
            "kind": row["kind"],
            "for": mask_target(row["kind"], row["target"]),
            "automation": row["automation"],
            "status": row["status"],
            "since": row["changed_at"],
            "due": row["due_at"],
            "why": masked(row["reason"] or ""),
        }
        for row in found
    ]
