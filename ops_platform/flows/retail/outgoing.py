"""The effects of an automation's plan: which may be recorded, recording them, delivering what is due of them.

What belongs here: the way between the runner and the ledger (flows/effects). What does not: who may write (runner.py),
and how an effect is carried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters import ledger
from ops_platform.adapters.database import Database, execute, records
from ops_platform.adapters.ledger import Origin
from ops_platform.core.effects import KINDS
from ops_platform.flows.effects.delivery import deliver
from ops_platform.flows.effects.orders import Delivered, orders_of
from ops_platform.flows.effects.recording import Recorded
from ops_platform.flows.effects.registry import Senders
from ops_platform.retail.automation import Automation

_MOST_NAMED: Final = 3
_MOST_REASONS: Final = 20
_STATUSES: Final = ("sent", "waiting", "deferred", "suppressed", "expired", "failed", "unknown", "late")


@dataclass(frozen=True)
class EffectCounts:
    """What became of an automation's effects in a run: of those of its plan, and of earlier ones that were due.

    recorded: new in the ledger (`held` of them wait for a person); known: were in it, so nothing was done; conflicts:
    known with another payload. waiting: refused for now, tried later. deferred: not at this hour. late: another process
    had decided meanwhile.
    """

    recorded: int = 0
    known: int = 0
    conflicts: int = 0
    held: int = 0
    sent: int = 0
    waiting: int = 0
    deferred: int = 0
    suppressed: int = 0
    expired: int = 0
    failed: int = 0
    unknown: int = 0
    late: int = 0

    def shown(self) -> dict[str, int]:
        """Those that are not nothing."""
        return {name: count for name, count in self.__dict__.items() if count}


@dataclass(frozen=True)
class Outgoing:
    """Counts, and in words what a person has to look at (troubles) or may want to know (waits: pauses, budgets).

    reasons: why effects were kept back at the last moment, and how many, the commonest first. fatal: it must not pass
    for a success, whatever else was done.
    """

    counts: EffectCounts = field(default_factory=EffectCounts)
    troubles: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()
    fatal: bool = False


def allowed(effects: pd.DataFrame, automation: Automation, targets: Sequence[str]) -> pd.DataFrame:
    """The effects whose system may be written to, without those that wait for one that may not.

    Errors: ValueError for an effect of a system the automation does not name: it could never be sent.
    """
    if not len(effects):
        return effects
    kinds = set(map(str, effects["kind"].unique()))
    if undeclared := sorted({KINDS[kind] for kind in kinds} - set(automation.targets)):
        raise ValueError(f"{automation.name} plans effects for {undeclared[0]}, which is not among its targets")
    kept = effects[effects["kind"].map(lambda kind: KINDS[kind] in targets)]
    gone = set(effects["key"]) - set(kept["key"])
    while gone and (dependent := kept["after_key"].isin(gone)).any():
        gone = set(kept["key"][dependent])
        kept = kept[~dependent]
    return kept


def deliver_due(db: Database, senders: Senders, automation: str, *, run_id: str | None) -> Delivered:
    """Carry out what is due of an automation, and look after what an earlier run left unclear."""
    with db.engine.connect() as connection:
        open_ones = records(connection, "effects/open_kinds", automation=automation, kinds=list(senders.kinds))
        kinds = {row["kind"] for row in open_ones}
    orders = [order for order in orders_of(senders, automations=[automation]) if order.kind in kinds]
    return deliver(db, senders, orders, run_id=run_id)


def drop_held(db: Database, automation: str, *, who: str, batch_id: int | None = None) -> int:
    """Give up the plans of an automation that wait for a person, or one, with their effects; return how many."""
    with db.transaction() as connection:
        plans = execute(connection, "retail/drop_held", automation=automation, batch_id=batch_id, decided_by=who)
        ledger.drop_held(connection, automation, who=who, batch_id=batch_id)
    return plans


def release_held(connection: sa.Connection, batch_id: int, *, who: str) -> int:
    """Let the effects of a held plan go, as a person approved it; return how many there were."""
    ids = [row["effect_id"] for row in records(connection, "effects/of_batch", batch_id=batch_id)]
    return len(ledger.decide(connection, ids, old=["held"], new="planned", who=who, detail="approved"))


def summed_up(recorded: Recorded, delivered: Delivered, origin: Origin) -> Outgoing:
    """What recording and delivery did, as an outcome tells it."""
    statuses: dict[str, Any] = {name: delivered.statuses[name] for name in _STATUSES}
    held = len(recorded.new) if origin.status == "held" else 0
    counts = EffectCounts(
        recorded=len(recorded.new), known=recorded.known, conflicts=len(recorded.conflicts), held=held, **statuses
    )
    troubles = [f"{ended.key}: {ended.reason}" for ended in delivered.troubles if ended.status == "failed"]
    troubles += [f"{kind}: {reason}" for kind, reason in delivered.stopped.items()]
    if recorded.conflicts:
        names = ", ".join(recorded.conflicts[:_MOST_NAMED])
        more = len(recorded.conflicts) - _MOST_NAMED
        troubles.insert(
            0,
            f"{names}{f' and {more:,} more' if more > 0 else ''}: recorded before with another content, which stays. "
            "`ops effects why KEY` tells its history",
        )
    waits = tuple(f"{kind} waits: {reason}" for kind, reason in delivered.waiting.items())
    reasons = tuple(delivered.reasons.most_common(_MOST_REASONS))
    return Outgoing(counts, tuple(troubles), waits, reasons, fatal=bool(recorded.conflicts))
