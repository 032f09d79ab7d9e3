"""Taking decisions about names back: the lines get what matching says without them, and history stays.

What belongs here: undoing. What does not: deciding (decisions.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from ops_platform.adapters.database import Database, execute, records, scalar
from ops_platform.flows.restaurant.decisions import AlreadyDecidedError, names_in_queue, set_statuses, who_decided
from ops_platform.flows.restaurant.linking import alias_text, aliases_in_force, close_aliases, put_aliases, relink
from ops_platform.flows.restaurant.meanings import ReviewError
from ops_platform.flows.restaurant.review import lock_names, refresh_queue, spellings
from ops_platform.restaurant.queue import DECIDED
from ops_platform.settings import Settings

_RESTORED: Final = "stands again"


class NothingToUndoError(ReviewError):
    """There is no decision to take back."""


@dataclass(frozen=True)
class Undone:
    """A decision that was taken back. was: what it said; status: of the name in the queue now (None: not in it)."""

    raw_name_norm: str
    raw_name: str
    was: str
    status: str | None


def undo(
    db: Database,
    *,
    settings: Settings,
    who: str,
    now: datetime,
    raw_name_norm: str | None = None,
    only_own: bool = False,
    restore: bool = True,
) -> Undone:
    """Take a decision back: that of a name, or the newest of `who`. only_own: not if somebody else decided meanwhile.

    The decision it took the place of stands again, if there was one (`restore`); else the name waits in the queue, and
    its lines get what matching says. An item or size that the decision put on the menu goes, unless it is used by now.
    Errors: NothingToUndoError, AlreadyDecidedError.
    """
    with db.transaction() as connection:
        lock_names(connection)
        norm = raw_name_norm
        if norm is None:
            norm = scalar(connection, "restaurant/queue_last_decided", who=who)
        if norm is None:
            raise NothingToUndoError(f"{who} has decided nothing that could be taken back")
        name = names_in_queue(connection, [norm]).get(norm)
        alias = aliases_in_force(connection, [norm]).get(norm)
        if only_own and name is not None and name["decided_by"] != who:
            raise AlreadyDecidedError(who_decided(name))
        skipped = name is not None and name["status"] == "skipped"
        if alias is None and not skipped:
            raise NothingToUndoError(f'nobody has decided about "{norm if name is None else name["raw_name"]}"')
        raw_name = (alias or name or {})["raw_name"]
        if alias is None or skipped:
            set_statuses(connection, {norm: "open"}, {}, who=who, now=now)
            return Undone(norm, raw_name, "skipped", "open")
        status = _take_back(connection, norm, alias, name, restore=restore, settings=settings, who=who, now=now)
        return Undone(norm, raw_name, alias_text(alias), status)


def _take_back(
    connection: sa.Connection,
    norm: str,
    alias: Mapping[str, Any],
    name: Mapping[str, Any] | None,
    *,
    restore: bool,
    settings: Settings,
    who: str,
    now: datetime,
) -> str | None:
    close_aliases(connection, [norm], now=now)
    before = _before(connection, norm, alias) if restore else None
    if before is not None:
        numbers = put_aliases(connection, [{**before, "note": _RESTORED}], now=now)
        status = "no_item" if before["menu_item_id"] is None else "chosen"
        set_statuses(connection, {norm: status}, numbers, who=before["verified_by"], now=now)
    _clear_menu(connection, norm, alias, now=now)
    matched = relink(connection, [norm], settings=settings, now=now, reason="undo")
    if before is None:
        if name is not None and name["status"] in DECIDED:
            set_statuses(connection, {norm: "open"}, {}, who=who, now=now)
        refresh_queue(connection, matched, now=now)
    row = names_in_queue(connection, [norm]).get(norm)
    return None if row is None else row["status"]


def _before(connection: sa.Connection, norm: str, alias: Mapping[str, Any]) -> dict[str, Any] | None:
    """The decision that the taken back one replaced. One that stands again replaced the one that was taken back."""
    if alias["note"] == _RESTORED:
        return None
    found = records(
        connection, "restaurant/alias_before", name=norm, created_at=alias["created_at"], alias_id=alias["alias_id"]
    )
    return found[0] if found else None


def _clear_menu(connection: sa.Connection, norm: str, alias: Mapping[str, Any], *, now: datetime) -> None:
    """Take from the menu what the decision put there."""
    if alias["menu_item_id"] is None:
        return
    item = {"menu_item_id": alias["menu_item_id"]}
    removed = execute(
        connection,
        "restaurant/alias_take_back_size",
        **item,
        variant_id=alias["variant_id"],
        created_at=alias["created_at"],
        spellings=spellings(connection, [norm])["name_raw"].unique().tolist(),
    )
    if removed:
        execute(connection, "restaurant/alias_take_back_item", **item, now=now)
