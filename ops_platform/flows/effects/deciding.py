"""What people decide about effects: let a held one go, try again, give up, confirm; and about a whole kind of them.

Every decision is an event with its name. sandbox_kinds: kinds whose system is the sandbox now; of a key that was tried
in the sandbox and is live now, the live effect is meant. What does not belong here: approving a whole plan
(flows/retail/decisions.py), and sending what was let go (delivery.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from ops_platform.adapters import ledger
from ops_platform.adapters.database import Database, records
from ops_platform.core.effects import KINDS, PART
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS

MOST: Final = 100_000
_RETRYABLE: Final = ("failed", "suppressed", "expired", "cancelled", "unknown", "dropped")
_WHY_NOT: Final = {
    "sent": "it is done",
    "claimed": "it is being carried out now, or its process died: ops effects reconcile",
    "planned": "it waits to be carried out anyway; `ops effects why` says for what",
    "held": "it waits for approval: ops effects approve",
}


class EffectDecisionError(Exception):
    """An effect cannot be decided so; the text says why and what to do."""


def find(
    db: Database,
    *,
    keys: Sequence[str] | None = None,
    statuses: Sequence[str] | None = None,
    kind: str | None = None,
    automation: str | None = None,
    batch_id: int | None = None,
    most: int = MOST,
) -> list[dict[str, Any]]:
    """Effects, the newest first; each argument that is given must fit."""
    chosen = {
        "keys": None if keys is None else list(keys),
        "statuses": None if statuses is None else list(statuses),
        "kind": kind,
        "automation": automation,
        "batch_id": batch_id,
        "most": most,
    }
    with db.engine.connect() as connection:
        return records(connection, "effects/listed", **chosen)


def history(db: Database, key: str) -> list[tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]]:
    """The effects of a key (live, and in the sandbox), each with its events and what it stands in line with.

    Errors: EffectDecisionError for an unknown key.
    """
    found = find(db, keys=[key])
    if not found:
        raise EffectDecisionError(_unknown(key))
    ids = [row["effect_id"] for row in found]
    with db.engine.connect() as connection:
        events = records(connection, "effects/history", ids=ids)
        line = records(connection, "effects/waits_for", ids=ids)
    return [
        (
            row,
            [event for event in events if event["effect_id"] == row["effect_id"]],
            [other for other in line if other["of"] == row["effect_id"]],
        )
        for row in found
    ]


def approve(db: Database, keys: Sequence[str], *, sandbox_kinds: Collection[str], who: str) -> list[str]:
    """Let held effects go; return their keys. Errors: EffectDecisionError when one does not wait for approval."""
    found = _named(db, keys, sandbox_kinds)
    if other := [row for row in found if row["status"] != "held"]:
        raise EffectDecisionError(f"{other[0]['key']} does not wait for approval: it is {other[0]['status']}")
    return _decide(db, found, ["held"], "planned", who, "approved")


def retry(
    db: Database, keys: Sequence[str], *, sandbox_kinds: Collection[str], who: str, maybe_twice: bool = False
) -> list[str]:
    """Let effects be tried again, and what was given up because of them; return all those keys.

    maybe_twice: also unknown ones, which may have happened. Errors: EffectDecisionError.
    """
    found = _named(db, keys, sandbox_kinds)
    for row in found:
        if row["status"] not in _RETRYABLE:
            raise EffectDecisionError(f"{row['key']} cannot be tried again: {_WHY_NOT[row['status']]}")
        if row["is_late"]:
            raise EffectDecisionError(f"{row['key']} cannot be tried again: its time has passed")
        if row["status"] == "unknown" and not maybe_twice:
            raise EffectDecisionError(
                f"{row['key']} may have happened already ({row['reason']}). See whether it did: then `ops effects "
                "confirm`. Only `--maybe-twice` tries it again nevertheless"
            )
    with db.transaction() as connection:
        ids = [row["effect_id"] for row in found]
        after = [row["effect_id"] for row in records(connection, "effects/suppressed_after", ids=ids)]
        return _moved(connection, [*ids, *after], list(_RETRYABLE), "planned", who, "to be tried again")


def cancel(db: Database, keys: Sequence[str], *, sandbox_kinds: Collection[str], who: str) -> list[str]:
    """Give effects up for good; return their keys. Errors: EffectDecisionError for what is done or under way."""
    found = _named(db, keys, sandbox_kinds)
    for row in found:
        if row["status"] in ("sent", "claimed"):
            raise EffectDecisionError(f"{row['key']} cannot be given up: {_WHY_NOT[row['status']]}")
    old = ["held", "planned", "failed", "unknown", "suppressed", "expired", "dropped"]
    return _decide(db, found, old, "cancelled", who, "given up")


def confirm(db: Database, keys: Sequence[str], *, sandbox_kinds: Collection[str], who: str) -> list[str]:
    """Note that unknown effects did happen, as a person found out; return their keys. Errors: EffectDecisionError."""
    found = _named(db, keys, sandbox_kinds)
    if other := [row for row in found if row["status"] != "unknown"]:
        raise EffectDecisionError(f"{other[0]['key']} is not unknown: it is {other[0]['status']}")
    return _decide(db, found, ["unknown"], "sent", who, "confirmed: it had happened")


def pause(db: Database, kind: str, *, why: str, who: str) -> None:
    """Stop a kind of effects (or all, or a campaign's texts alone: text:birthday): nothing of it is begun any more.

    Errors: EffectDecisionError.
    """
    _of_kinds(kind)
    with db.transaction() as connection:
        ledger.put_control(connection, kind, is_paused=True, why=why, who=who)


def resume(db: Database, kind: str, *, who: str, why: str = "resumed") -> bool:
    """Let a kind (or all) go on; False when it was not paused by itself. Errors: EffectDecisionError."""
    _of_kinds(kind)
    with db.transaction() as connection:
        paused = {row["kind"]: row["is_paused"] for row in _controls(connection) if row["control"] == "pause"}
        if not paused.get(kind):
            return False
        ledger.put_control(connection, kind, is_paused=False, why=why, who=who)
    return True


def set_budget(db: Database, kind: str, *, daily_budget: int | None, why: str, who: str) -> None:
    """Let another daily budget be in force than the setting's; None gives that back. Errors: EffectDecisionError."""
    if kind not in KINDS:
        raise EffectDecisionError(f"there is no kind {kind!r} of effects; there are {', '.join(KINDS)}")
    with db.transaction() as connection:
        ledger.put_budget(connection, kind, daily_budget=daily_budget, why=why, who=who)


def controls(db: Database) -> list[dict[str, Any]]:
    """The decisions in force: kind, control, is_paused, daily_budget, why, who, at."""
    with db.engine.connect() as connection:
        return [row for row in _controls(connection) if row["is_paused"] or row["daily_budget"] is not None]


def _controls(connection: sa.Connection) -> list[dict[str, Any]]:
    return records(connection, "effects/controls")


def _of_kinds(kind: str) -> None:
    if kind in (*KINDS, ledger.ALL):
        return
    whole, part, campaign = kind.partition(PART)
    if not part:
        raise EffectDecisionError(
            f"there is no kind {kind!r} of effects; there are {', '.join(KINDS)}, and all; a campaign's texts "
            f"alone are text{PART}{CAMPAIGNS[0].name}"
        )
    names = [each.name for each in CAMPAIGNS]
    if whole != "text" or campaign not in names:
        raise EffectDecisionError(
            f"there is nothing called {kind!r} to pause; of text alone there are parts: "
            f"{', '.join(f'text{PART}{name}' for name in names)}"
        )


def _named(db: Database, keys: Sequence[str], sandbox_kinds: Collection[str]) -> list[dict[str, Any]]:
    """The effects of the keys that count now: live ones, or those of the sandbox. Errors: EffectDecisionError."""
    found = [row for row in find(db, keys=keys) if row["is_sandbox"] == (row["kind"] in sandbox_kinds)]
    if missing := [key for key in keys if key not in {row["key"] for row in found}]:
        raise EffectDecisionError(_unknown(missing[0]))
    return sorted(found, key=lambda row: row["effect_id"])


def _unknown(key: str) -> str:
    return f"there is no effect {key!r}; `ops effects list` shows them"


def _decide(
    db: Database, found: Sequence[Mapping[str, Any]], old: Sequence[str], new: str, who: str, detail: str
) -> list[str]:
    with db.transaction() as connection:
        return _moved(connection, [row["effect_id"] for row in found], old, new, who, detail)


def _moved(
    connection: sa.Connection, ids: Sequence[int], old: Sequence[str], new: str, who: str, detail: str
) -> list[str]:
    """All of them or none: a person decides about what was shown."""
    keys = ledger.decide(connection, ids, old=old, new=new, who=who, detail=detail)
    if len(keys) < len(ids):
        raise EffectDecisionError("some of them changed just now; look again with `ops effects list`")
    return keys
