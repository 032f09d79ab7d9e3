"""The review queue: which names a person should look at and why, and what they can decide.

What belongs here: making queue rows of match results and of the lines in the books, the decisions, the words for the
reasons. What does not: matching itself (match.py), storing (flows), sheets of decisions (queue_file.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pandas as pd

from ops_platform.restaurant.match import REASONS
from ops_platform.restaurant.name_text import norm_name

OPEN: Final = ("open", "skipped")
"""States of names that still wait; skipped ones come last."""
DECIDED: Final = ("accepted", "chosen", "new_item", "no_item")
"""States of names a person answered; an alias says what."""
_SAID: Final = ("alias", "no_item")  # reasons of matching: a person decided


@dataclass(frozen=True)
class Accept:
    """The best candidate is right."""


@dataclass(frozen=True)
class Choose:
    """This item in this size is right, whether it was a candidate or not. A size it lacks is added to the item."""

    menu_item_id: int
    variant: str


@dataclass(frozen=True)
class NewItem:
    """It is an item that the menu lacks. One of that name and type that exists already is taken."""

    name: str
    type: str
    variant: str


@dataclass(frozen=True)
class NoItem:
    """It is deliberately no item of the menu."""


@dataclass(frozen=True)
class Skip:
    """Not now: it goes to the end, until more of it is sold."""


Decision = Accept | Choose | NewItem | NoItem | Skip

STATUS_OF: Final[Mapping[type, str]] = {
    Accept: "accepted",
    Choose: "chosen",
    NewItem: "new_item",
    NoItem: "no_item",
    Skip: "skipped",
}


class Seen(NamedTuple):
    """All lines of a name, whatever its spelling. unlinked: those without a menu item. raw_name: the usual spelling."""

    raw_name: str
    line_count: int
    unlinked: int
    revenue: Decimal
    first_seen: date
    last_seen: date


class QueueRow(NamedTuple):
    """A name that should be looked at; the columns of match_review_queue that matching fills."""

    raw_name_norm: str
    raw_name: str
    clean_name: str
    clean_type: str
    clean_variant: str
    line_count: int
    revenue: Decimal
    first_seen: date
    last_seen: date
    confidence: Decimal | None
    reason: str
    candidates: list[dict[str, Any]]


class QueuePlan(NamedTuple):
    """waiting: rows to put into the queue. settled: names of it that need nobody any more."""

    waiting: list[QueueRow]
    settled: list[str]


def seen_names(lines: Iterable[Mapping[str, Any]]) -> dict[str, Seen]:
    """Sum up lines by normalised name.

    lines: one mapping a spelling and kind, with name_raw, line_count, unlinked, revenue, first_seen, last_seen.
    """
    seen: dict[str, Seen] = {}
    usual: dict[str, int] = {}
    # Sorted, so that of two spellings used as often always the same one is shown.
    for line in sorted(lines, key=lambda line: line["name_raw"]):
        norm = norm_name(line["name_raw"])
        new = Seen(*(line["name_raw" if field == "raw_name" else field] for field in Seen._fields))
        old = seen.get(norm)
        if old is None:
            seen[norm], usual[norm] = new, new.line_count
            continue
        name = old.raw_name
        if new.line_count > usual[norm]:
            name, usual[norm] = new.raw_name, new.line_count
        seen[norm] = Seen(
            name,
            old.line_count + new.line_count,
            old.unlinked + new.unlinked,
            old.revenue + new.revenue,
            min(old.first_seen, new.first_seen),
            max(old.last_seen, new.last_seen),
        )
    return seen


def plan_queue(matched: pd.DataFrame, seen: Mapping[str, Seen], waiting: Iterable[str]) -> QueuePlan:
    """Say what the queue should hold after matching.

    matched: as match_names returns it, for all names or only those of a load; seen: `seen_names` of all lines;
    waiting: names in the queue that are not decided. A name waits when any of its rows is not automatic. One that
    was looked at now and is automatic everywhere is settled, unless older lines of it are still without a link; a
    name of which no line is left is settled too.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in matched.to_dict("records"):
        groups.setdefault(norm_name(row["name_raw"]), []).append({str(key): value for key, value in row.items()})
    rows: list[QueueRow] = []
    answered: set[str] = set()
    for norm, group in groups.items():
        unsure = [row for row in group if row["band"] != "automatic" and row["reason"] not in _SAID]
        if unsure and norm in seen:
            rows.append(_queue_row(norm, max(unsure, key=_nearness), seen[norm]))
        elif norm in seen and (seen[norm].unlinked == 0 or any(row["reason"] in _SAID for row in group)):
            answered.add(norm)
    return QueuePlan(rows, sorted(norm for norm in waiting if norm in answered or norm not in seen))


def _nearness(row: Mapping[str, Any]) -> Decimal:
    return _confidence(row["match_confidence"]) or Decimal(-1)


def _confidence(value: Any) -> Decimal | None:
    return None if value is None or pd.isna(value) else Decimal(str(value))


def _queue_row(norm: str, row: Mapping[str, Any], seen: Seen) -> QueueRow:
    return QueueRow(
        norm,
        seen.raw_name,
        row["clean_name"],
        row["clean_type"],
        row["clean_variant"],
        seen.line_count,
        seen.revenue,
        seen.first_seen,
        seen.last_seen,
        _confidence(row["match_confidence"]),
        row["reason"],
        list(row["candidates"]),
    )


def reason_text(code: str) -> str:
    """Why matching was not sure, as a person reads it."""
    return REASONS.get(code, code)
