"""The tables of effects: recording, claiming, settling, looking after. Every move writes its event in one statement.

What belongs here: the statements of sql/effects and the order they need inside one transaction. What does not: calling
anybody outside (flows/effects), and why an effect is wanted. Times are the database's: clocks of several machines
differ, a lease must not. Source: PostgreSQL manual, SELECT, "The Locking Clause" (SKIP LOCKED for queues).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from ops_platform.adapters.database import Database, copy_rows, execute, lock_in_transaction, records, scalar

ALL: Final = "all"
"""The kind of a control that stands for every kind."""

Row = dict[str, Any]
STAGE: Final = {
    "key": "text",
    "kind": "text",
    "is_sandbox": "bool",
    "target": "text",
    "label": "text",
    "wanted_because": "text",
    "payload": "jsonb",
    "payload_sha256": "text",
    "content": "bytea",
    "due_at": "timestamptz",
    "not_after": "timestamptz",
    "after_key": "text",
    "keep_first": "bool",
    "unfit": "text",
}
"""What is staged of each effect to record. unfit: why no message could be made of it."""


class MissingEffectError(ValueError):
    """An effect is to come after one that nobody recorded; the text names both."""


@dataclass(frozen=True)
class Origin:
    """Whose effects are recorded. status: planned or held."""

    automation: str
    status: str = "planned"
    batch_id: int | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class Order:
    """What may be claimed: of one kind, in the sandbox or live. automations, keys: only these; None: all."""

    kind: str
    is_sandbox: bool
    automations: tuple[str, ...] | None = None
    keys: tuple[str, ...] | None = None

    def _only(self) -> dict[str, Any]:
        chosen = {"automations": self.automations, "keys": self.keys}
        return {name: None if some is None else list(some) for name, some in chosen.items()}


@dataclass(frozen=True)
class Control:
    """What people decided about a kind: whether it is paused, by whom and why; a budget in place of the setting's."""

    is_paused: bool = False
    why: str = ""
    who: str = ""
    daily_budget: int | None = None


class Begun(NamedTuple):
    """A call that may be made now. attempt: which try it is. at: when it began, by the database's clock."""

    attempt: int
    at: datetime


# -- recording


def known_keys(db: Database, keys: Iterable[str], *, is_sandbox: bool) -> set[str]:
    """Which of these keys the ledger has."""
    with db.engine.connect() as connection:
        return {row["key"] for row in records(connection, "effects/known", keys=list(keys), is_sandbox=is_sandbox)}


def record(
    connection: sa.Connection, rows: Iterable[Sequence[Any]], origin: Origin, *, sandbox_kinds: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Write effects down in the caller's transaction; return the keys that are new, and those in conflict.

    rows: values in the order of STAGE, one a key. sandbox_kinds: kinds whose system is the sandbox now. A conflict is
    a known key with another payload: it stays as it is. Errors: MissingEffectError.
    """
    execute(connection, "effects/stage")
    execute(connection, "DELETE FROM effect_stage")
    copy_rows(connection, "effect_stage", STAGE, rows)
    whose = {"batch_id": origin.batch_id, "run_id": origin.run_id}
    new = [
        row["key"]
        for query in ("effects/revive", "effects/insert")
        for row in records(connection, query, automation=origin.automation, status=origin.status, **whose)
    ]
    execute(connection, "effects/link", keys=new, sandbox_kinds=list(sandbox_kinds))
    for row in records(connection, "effects/unlinked", keys=new):
        raise MissingEffectError(
            f"effect {row['key']} is to come after {row['after_key']}, which is neither planned nor recorded"
        )
    conflicts = [row["key"] for row in records(connection, "effects/conflicts", run_id=origin.run_id)]
    return new, conflicts


def drop_held(connection: sa.Connection, automation: str, *, who: str, batch_id: int | None = None) -> int:
    """Give up the held effects of an automation's plans (of one of them); return how many there were."""
    return execute(connection, "effects/drop_held", automation=automation, batch_id=batch_id, who=who)


# -- claiming


def control(connection: sa.Connection, kind: str) -> Control:
    """What is in force for a kind. Who pauses all pauses it; a budget is its own or the setting's."""
    found = {(row["kind"], row["control"]): row for row in records(connection, "effects/controls_of", kind=kind)}
    pauses = [row for key in ((kind, "pause"), (ALL, "pause")) if (row := found.get(key)) and row["is_paused"]]
    budget = found.get((kind, "budget"))
    return Control(
        is_paused=bool(pauses),
        why=pauses[0]["why"] if pauses else "",
        who=pauses[0]["who"] if pauses else "",
        daily_budget=budget["daily_budget"] if budget else None,
    )


def put_control(connection: sa.Connection, kind: str, *, is_paused: bool, why: str, who: str) -> None:
    """Pause a kind (or ALL) or let it go on; whatever is begun from now on sees it."""
    values = {"is_paused": is_paused, "daily_budget": None, "why": why, "who": who}
    execute(connection, "effects/put_control", kind=kind, control="pause", **values)


def put_budget(connection: sa.Connection, kind: str, *, daily_budget: int | None, why: str, who: str) -> None:
    """Let another daily budget be in force for a kind than the setting's; None gives that back."""
    values = {"is_paused": None, "daily_budget": daily_budget, "why": why, "who": who}
    execute(connection, "effects/put_control", kind=kind, control="budget", **values)


def tidy(
    connection: sa.Connection, order: Order, *, grace: float, run_id: str | None, dependent: bool = True
) -> list[Row]:
    """Move on what time or another effect decided: lapsed leases, times that passed, effects to come after failed ones.

    dependent: look at the last of these, too, each of which costs a look at another effect. Returns the rows that ended
    (expired, suppressed) or became unknown: effect_id, key, automation, status, reason.
    """
    which = {"kind": order.kind, "is_sandbox": order.is_sandbox, "run_id": run_id}
    lapsed = [row for row in records(connection, "effects/lapse", grace=grace, **which) if row["status"] == "unknown"]
    expired = [row | {"status": "expired"} for row in records(connection, "effects/expire", **which)]
    orphaned = records(connection, "effects/suppress_dependent", **which) if dependent else []
    return [*lapsed, *expired, *(row | {"status": "suppressed"} for row in orphaned)]


def room(connection: sa.Connection, order: Order, budget: int, zone: str) -> int:
    """How much of a day's budget is left. Others wait until the transaction ends: the last one is claimed once."""
    lock_in_transaction(connection, f"effects.budget.{order.kind}.{order.is_sandbox}")
    which = {"kind": order.kind, "is_sandbox": order.is_sandbox}
    return budget - int(scalar(connection, "effects/used", budget=budget, zone=zone, **which))


def pick(connection: sa.Connection, order: Order, most: int) -> list[Row]:
    """Lock the oldest due effects until the transaction ends; those another process holds are passed over."""
    which = {"kind": order.kind, "is_sandbox": order.is_sandbox}
    return records(connection, "effects/pick", most=most, **which, **order._only())


def claim(connection: sa.Connection, picked: Sequence[Row], *, seconds: float, run_id: str | None) -> list[Row]:
    """Take picked effects for so long; return them with claim and claimed_at."""
    ids = [row["effect_id"] for row in picked]
    found = records(connection, "effects/claim", ids=ids, seconds=seconds, run_id=run_id)
    taken = {row["effect_id"]: row for row in found}
    return [row | taken[row["effect_id"]] for row in picked]


def judge(
    connection: sa.Connection,
    verdicts: Sequence[tuple[int, str, datetime | None, str]],
    *,
    claims: Sequence[int] = (),
    run_id: str | None,
) -> int:
    """Apply a gate's verdicts: effect_id, planned or suppressed, until, reason. claims: of those claimed already."""
    ids, statuses, until, reasons = map(list, zip(*verdicts, strict=True))
    return execute(
        connection,
        "effects/judge",
        ids=ids,
        statuses=statuses,
        until=until,
        reasons=reasons,
        claims=list(claims),
        run_id=run_id,
    )


def begin(
    connection: sa.Connection,
    effect_id: int,
    claim_token: int,
    *,
    seconds: float,
    worker: str,
    run_id: str | None,
    again: bool = False,
) -> Begun | None:
    """Begin the call of a claimed effect; None when it must not be made.

    None: the claim was taken over or has lapsed, its time has passed, or its kind was paused meanwhile. again: the same
    worker asks once more, because the connection was lost before it heard; it has not made the call.
    """
    given = {"seconds": seconds, "worker": worker, "run_id": run_id, "again": again}
    found = records(connection, "effects/begin", effect_id=effect_id, claim=claim_token, **given)
    return Begun(found[0]["attempt"], found[0]["began_at"]) if found else None


def release(connection: sa.Connection, claimed: Iterable[tuple[int, int]]) -> int:
    """Give claimed effects back whose call was not begun. claimed: effect_id, claim."""
    pairs = list(claimed)
    return execute(connection, "effects/release", ids=[pair[0] for pair in pairs], claims=[pair[1] for pair in pairs])


# -- what became of it


@dataclass(frozen=True)
class Settlement:
    """What became of a call. wait_seconds: until it is tried (planned) or looked up (unknown). uncounted: no try."""

    status: str
    reason: str | None = None
    detail: str | None = None
    provider_id: str | None = None
    wait_seconds: float = 0.0
    uncounted: bool = False


def settle(
    connection: sa.Connection, effect_id: int, claim_token: int, attempt: int, what: Settlement, *, run_id: str | None
) -> bool:
    """Write down what became of a call; False when the claim was no longer the newest: then it is only an event."""
    values: Mapping[str, Any] = {**what.__dict__, "uncounted": int(what.uncounted)}
    return bool(
        scalar(
            connection,
            "effects/settle",
            effect_id=effect_id,
            claim=claim_token,
            attempt=attempt,
            run_id=run_id,
            **values,
        )
    )


def pick_unknown(connection: sa.Connection, order: Order, *, most_looks: int, seconds: float) -> Row | None:
    """Take an unknown effect that may be looked up now, for so long; return it with how often it was, or None.

    One at a time: with a worker that is ended one look of one effect is lost, and no other waits for its lease.
    """
    which = {"kind": order.kind, "is_sandbox": order.is_sandbox, **order._only()}
    found = records(connection, "effects/pick_unknown", most_looks=most_looks, seconds=seconds, **which)
    return found[0] if found else None


def looked_up(
    connection: sa.Connection, effect_id: int, claim_token: int, what: Settlement, *, run_id: str | None
) -> bool:
    """Write down what the other side said; False when somebody knew better meanwhile: its worker, or a person."""
    values = {name: value for name, value in what.__dict__.items() if name != "uncounted"}
    return bool(
        scalar(connection, "effects/looked_up", effect_id=effect_id, claim=claim_token, run_id=run_id, **values)
    )


def decide(
    connection: sa.Connection,
    ids: Sequence[int],
    *,
    old: Sequence[str],
    new: str,
    who: str,
    detail: str,
    reason: str | None = None,
) -> list[str]:
    """Move effects on as a person wants it, those that are still in one of the old statuses; return their keys."""
    moved = records(
        connection, "effects/decide", ids=list(ids), old=list(old), new=new, who=who, detail=detail, reason=reason
    )
    return [row["key"] for row in moved]
