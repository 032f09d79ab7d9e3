"""Writing effects down, in the transaction of what they depend on. Nothing leaves the house here.

What belongs here: from a plan's effects (core/effects.py) to rows of the ledger, with the message made once. What does
not: whether an automation may write (flows/retail/runner.py), and delivery.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from ops_platform.adapters import ledger
from ops_platform.adapters.database import Database
from ops_platform.adapters.ledger import Origin
from ops_platform.core.effects import payload_hash
from ops_platform.core.privacy import masked
from ops_platform.flows.effects.registry import Senders
from ops_platform.flows.effects.senders import Effect, UnfitError
from ops_platform.settings_modes import sandbox_kinds

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses them
_DAMAGED: Final = "\ufffd"


@dataclass(frozen=True)
class Recorded:
    """What became of planned effects. conflicts: known keys that were wanted with another payload, left as they are."""

    new: tuple[str, ...] = ()
    known: int = 0
    conflicts: tuple[str, ...] = ()


def prepared(db: Database, senders: Senders, effects: pd.DataFrame, origin: Origin) -> list[Sequence[Any]]:
    """The rows to record, each with its message, which is made only for keys the ledger does not have.

    What no message can be made of is recorded as failed with the reason; the others go on. Errors: UnknownKindError;
    TypeError for a payload that is no JSON.
    """
    wanted = list(_effects(effects, origin.automation, sandbox_kinds(senders.systems.settings)))
    known = _known(db, ((effect.key, effect.is_sandbox) for effect, _ in wanted))
    return [_row(effect, row, None if (effect.key, effect.is_sandbox) in known else senders) for effect, row in wanted]


def count_new(db: Database, senders: Senders, effects: pd.DataFrame) -> int:
    """How many of planned effects the ledger does not have."""
    sandbox = set(sandbox_kinds(senders.systems.settings))
    keys = [(key, kind in sandbox) for key, kind in zip(effects["key"], effects["kind"], strict=True)]
    return len(keys) - len(_known(db, keys))


def _known(db: Database, keys: Iterable[tuple[str, bool]]) -> set[tuple[str, bool]]:
    """Which of these the ledger has; a key is another one in the sandbox."""
    wanted = list(keys)
    return {
        (key, is_sandbox)
        for is_sandbox in (True, False)
        if (some := [key for key, where in wanted if where is is_sandbox])
        for key in ledger.known_keys(db, some, is_sandbox=is_sandbox)
    }


def record(connection: sa.Connection, rows: Sequence[Sequence[Any]], origin: Origin, senders: Senders) -> Recorded:
    """Write prepared rows down in the caller's transaction. Errors: MissingEffectError."""
    if not rows:
        return Recorded()
    new, conflicts = ledger.record(connection, rows, origin, sandbox_kinds=sandbox_kinds(senders.systems.settings))
    return Recorded(tuple(new), len(rows) - len(new), tuple(conflicts))


def record_now(db: Database, senders: Senders, effects: pd.DataFrame, origin: Origin) -> Recorded:
    """`prepared` and `record` in a transaction of their own, for what depends on nothing else."""
    rows = prepared(db, senders, effects, origin)
    with db.transaction() as connection:
        return record(connection, rows, origin, senders)


def _effects(
    effects: pd.DataFrame, automation: str, in_sandbox: Iterable[str]
) -> Iterator[tuple[Effect, Mapping[str, Any]]]:
    sandbox = set(in_sandbox)
    names = list(map(str, effects.columns))
    for values in effects.itertuples(index=False, name=None):
        row = dict(zip(names, values, strict=True))
        yield (
            Effect(
                effect_id=0,
                key=row["key"],
                kind=row["kind"],
                automation=automation,
                target=_text(row["target"]),
                payload=_payload(row["payload"]),
                is_sandbox=row["kind"] in sandbox,
                due_at=row["due_at"],
                not_after=row["not_after"],
                label=_text(row["label"]),
            ),
            row,
        )


def _row(effect: Effect, row: Mapping[str, Any], senders: Senders | None) -> Sequence[Any]:
    """One row of ledger.STAGE. senders: None for a known key, whose message is made already."""
    content, unfit = None, None
    try:
        content = None if senders is None else senders.of(effect.kind).prepare(effect)
    except UnfitError as error:
        unfit = masked(str(error))
    return (
        effect.key,
        effect.kind,
        effect.is_sandbox,
        effect.target,
        effect.label,
        _text(row["reason"]),
        Jsonb(effect.payload),
        payload_hash(effect.kind, effect.target, effect.payload),
        content,
        effect.due_at,
        effect.not_after,
        row["after_key"],
        bool(row["keep_first"]),
        unfit,
    )


def _text(text: str) -> str:
    return _UNSTORABLE.sub(_DAMAGED, text)


def _payload(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    text = json.dumps(payload, ensure_ascii=False)
    if _UNSTORABLE.search(text) or "\\u0000" in text:
        return dict(json.loads(_text(json.dumps(payload, ensure_ascii=False).replace("\\u0000", _DAMAGED))))
    return payload
