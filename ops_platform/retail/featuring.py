"""Who is on the first page: filling its places without touching what staff put there.

What belongs here: the places of one target and who gets and loses them. What does not: who deserves one (the
automation), and how the target is read or written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ops_platform.retail.automation import note
from ops_platform.retail.bindings import Notes
from ops_platform.retail.rows import Target, change

MOST: Final = 25
"""The web shop features no more products, whoever chose them."""


class Board(NamedTuple):
    """What one target features and may feature. Its keys are product ids as text, or numbers of head items.

    address_of: key by item number and by binding id. shown: keys that customers can be shown. now: the value by key.
    ours: keys whose last value written by this automation was `on`. on, off: the target's words. labels: by key.
    """

    target: Target
    field: str
    address_of: Mapping[str, str]
    shown: set[str]
    now: Mapping[str, Any]
    ours: set[str]
    labels: Mapping[str, str]
    on: Any
    off: Any


class Choice(NamedTuple):
    """Who deserves a place, the most important first, with the reason; why others lost theirs; who never has one."""

    reason_of: Mapping[str, str]
    lost: Mapping[str, str]
    blocked: set[str]


def fill_places(board: Board, choice: Choice, *, remove: bool) -> tuple[list[dict[str, Any]], Notes]:
    """Rows of a change set, and notes on those who found no room.

    remove: whether what is `ours` goes when it is not chosen. What staff featured stays unless it is blocked.
    """
    featured = {key for key, value in board.now.items() if value == board.on}
    staying = featured - choice.blocked - (board.ours if remove else set())
    waiting = [key for key in choice.reason_of if key not in staying]
    room = max(MOST - len(staying), 0)
    admitted, crowded = waiting[:room], waiting[room:]
    final = staying.union(admitted)
    lost = {**choice.lost, **dict.fromkeys(crowded, f"no room among {MOST}")}
    lost |= dict.fromkeys(choice.blocked, "blocked in the settings")
    rows = [
        *_rows(board, final - featured, board.on, choice.reason_of),
        *_rows(board, featured - final, board.off, lost),
    ]
    return rows, [note("no_room", key, choice.reason_of[key]) for key in crowded]


def _rows(board: Board, keys: set[str], new: Any, reason_of: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for key in keys:
        reason = reason_of.get(key, "no longer among the best of these days last year")
        old, label = board.now[key], board.labels[key]
        yield change(board.target, key, board.field, old=old, new=new, reason=reason, label=label)
