"""What people decide about names of the queue: kept as aliases, written to every line, and taken back again.

What belongs here: the transactions. What does not: which decisions there are (restaurant/queue.py), sheets of them
(review_files.py), and screens. A decision is whole or not at all: the old alias is closed, the new one stands, the
lines are linked, match_changes tells before and after, and the queue knows who it was.

Lines get what matching says once the alias stands, and not the alias blindly: a line whose PetPooja number is on the
menu under a like name keeps the item of its number, as at every later matching.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from ops_platform.adapters.database import Database, execute, records
from ops_platform.flows.restaurant.linking import new_alias, put_aliases, relink
from ops_platform.flows.restaurant.meanings import Item, Meaning, ReviewError, meanings
from ops_platform.flows.restaurant.review import as_json, lock_names
from ops_platform.restaurant.queue import DECIDED, STATUS_OF, Accept, Choose, Decision, NewItem, NoItem, Skip
from ops_platform.settings import Settings

QueueName = Mapping[str, Any]
"""A row of match_review_queue with item_name, item_type, item_variant of what was decided."""


class UnknownNameError(ReviewError):
    """The name is not in the queue."""


class AlreadyDecidedError(ReviewError):
    """Somebody decided about the name meanwhile."""


class ChangedMeanwhileError(ReviewError):
    """The candidates are not those the person saw."""


class Answer(NamedTuple):
    """What a person decided about one name of the queue (its key)."""

    raw_name_norm: str
    decision: Decision
    note: str | None = None


@dataclass(frozen=True)
class Decided:
    """A decision that stands. status: as in the queue; meaning: None for no item and for skipped names."""

    raw_name_norm: str
    raw_name: str
    status: str
    meaning: Meaning | None
    line_count: int
    revenue: Decimal


def decide(
    db: Database,
    raw_name_norm: str,
    decision: Decision,
    *,
    settings: Settings,
    who: str,
    now: datetime,
    seen: datetime | None = None,
    note: str | None = None,
) -> Decided:
    """Decide about one name of the queue.

    seen: `updated_at` of the name when the person looked at it. Errors: UnknownNameError; AlreadyDecidedError, with who
    and what; ChangedMeanwhileError when the best candidate may not be the one that was seen; ReviewError.
    """
    with db.transaction() as connection:
        lock_names(connection)
        names = names_in_queue(connection, [raw_name_norm])
        name = names.get(raw_name_norm)
        if name is None:
            raise UnknownNameError(f'"{raw_name_norm}" is not in the queue')
        if name["status"] in DECIDED:
            raise AlreadyDecidedError(who_decided(name))
        if isinstance(decision, Accept) and seen is not None and seen != name["updated_at"]:
            raise ChangedMeanwhileError(f'the candidates for "{name["raw_name"]}" changed meanwhile; look again')
        answers = [Answer(raw_name_norm, decision, note)]
        return apply_answers(connection, answers, names, settings=settings, who=who, now=now)[0]


def who_decided(name: QueueName) -> str:
    """Who decided about a name, and what, as a sentence."""
    what = {"no_item": "it is no item", "skipped": "not now", "open": "to look at it again"}.get(name["status"])
    what = what or f"it is {name['item_name']}, {name['item_variant']}"
    return f'{name["decided_by"]} decided about "{name["raw_name"]}" meanwhile: {what}'


def names_in_queue(connection: sa.Connection, norms: Collection[str]) -> dict[str, dict[str, Any]]:
    """Names of the queue by key; nobody else decides about them until the transaction ends."""
    return {row["raw_name_norm"]: row for row in records(connection, "restaurant/queue_names", names=list(norms))}


def apply_answers(
    connection: sa.Connection,
    answers: Sequence[Answer],
    names: Mapping[str, QueueName],
    *,
    settings: Settings,
    who: str,
    now: datetime,
) -> list[Decided]:
    """Store answers about names of the queue in the caller's transaction, which holds `lock_names`.

    Errors: ReviewError when a candidate or a chosen item is not there.
    """
    asked = [(answer, item_of(answer.decision, names[answer.raw_name_norm])) for answer in answers]
    found = meanings(connection, [item for _, item in asked if item is not None], now=now)
    decided = [
        _decided(answer, names[answer.raw_name_norm], None if item is None else found[item]) for answer, item in asked
    ]
    aliases = [
        new_alias(one.raw_name_norm, one.raw_name, one.meaning, source="manual", who=who, note=answer.note)
        for one, answer in zip(decided, answers, strict=True)
        if one.status != "skipped"
    ]
    numbers = put_aliases(connection, aliases, now=now)
    relink(connection, numbers, settings=settings, now=now, reason="decision")
    statuses = {one.raw_name_norm: one.status for one in decided}
    set_statuses(connection, statuses, numbers, who=who, now=now)
    return decided


def set_statuses(
    connection: sa.Connection, statuses: Mapping[str, str], aliases: Mapping[str, int], *, who: str, now: datetime
) -> None:
    """Say in the queue what became of names, and who said so; names that are not in it are left out."""
    rows = [
        {"raw_name_norm": norm, "status": status, "alias_id": aliases.get(norm)} for norm, status in statuses.items()
    ]
    execute(connection, "restaurant/queue_decide", names=as_json(rows), who=who, now=now)


def item_of(decision: Decision, name: QueueName) -> Item | None:
    """The item a decision is about; None when it is about none. Errors: ReviewError without a candidate to accept."""
    if isinstance(decision, Choose | NewItem):
        return decision
    if isinstance(decision, NoItem | Skip):
        return None
    if not name["candidates"]:
        raise ReviewError(f'"{name["raw_name"]}" has no candidate to accept; choose an item')
    best = name["candidates"][0]
    return Choose(best["menu_item_id"], best["variant"])


def _decided(answer: Answer, name: QueueName, meaning: Meaning | None) -> Decided:
    status = STATUS_OF[type(answer.decision)]
    if isinstance(answer.decision, NewItem) and meaning is not None and meaning.added is None:
        status = "chosen"  # it was on the menu all along
    return Decided(answer.raw_name_norm, name["raw_name"], status, meaning, name["line_count"], name["revenue"])
