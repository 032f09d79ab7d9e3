"""The item and size a decision means, by number; what the menu lacks is put there.

What belongs here: between the words of a decision and the rows of the menu. What does not: the decision itself
(decisions.py), and whole menus (menu.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from ops_platform.adapters.database import lock_in_transaction
from ops_platform.flows.restaurant.menu import MENU_LOCK, menu_sizes, put_sizes
from ops_platform.restaurant.menu_changes import WantedSize
from ops_platform.restaurant.name_rules import TYPES
from ops_platform.restaurant.queue import Choose, NewItem

Item = Choose | NewItem


class ReviewError(Exception):
    """A decision cannot be made; nothing was changed. The message says what to do."""


class Meaning(NamedTuple):
    """An item in one size, by number and by name. added: `item` or `size` when the decision put that on the menu."""

    menu_item_id: int
    variant_id: int
    name: str
    type: str
    variant: str
    added: str | None = None

    def __str__(self) -> str:
        return f"{self.name}, {self.variant}"


def meanings(connection: sa.Connection, items: Collection[Item], *, now: datetime) -> dict[Item, Meaning]:
    """Return what each item means, after putting new items and sizes on the menu.

    A new item whose name and type are on the menu, in whatever capitals, is that item. Errors: ReviewError for the
    number of an item that is not on the menu.
    """
    lock_in_transaction(connection, MENU_LOCK)
    menu = _Menu(menu_sizes(connection))
    found = {item: menu.known(item) for item in items}
    wanted = dict.fromkeys(size for item in found.values() if (size := menu.missing(item)) is not None)
    if not wanted:
        return {item: menu.meaning(known, None) for item, known in found.items()}
    put_sizes(connection, wanted, is_verified=True, now=now)
    after = _Menu(menu_sizes(connection))
    return {item: after.meaning(after.known(item), menu.added(known)) for item, known in found.items()}


class _Menu:
    """The stored menu by what decisions ask for."""

    def __init__(self, stored: Iterable[Mapping[str, Any]]) -> None:
        rows = list(stored)
        self._items = {row["menu_item_id"]: row for row in rows}
        self._named = {_key(row["name"], row["type"]): row["menu_item_id"] for row in reversed(rows)}
        self._types = {type_.casefold(): type_ for type_ in (*TYPES, *(row["type"] for row in rows))}
        self._sizes = {(row["menu_item_id"], row["variant"]): row for row in rows if row["variant"] is not None}
        self._in_sizes = {menu_item_id for menu_item_id, _ in self._sizes}

    def known(self, item: Item) -> Item:
        """The same by number, if the menu has it."""
        if isinstance(item, NewItem):
            type_ = self._types.get(item.type.casefold(), item.type)
            number = self._named.get(_key(item.name, type_))
            return NewItem(item.name, type_, item.variant) if number is None else Choose(number, item.variant)
        if item.menu_item_id not in self._items:
            raise ReviewError(f"there is no item {item.menu_item_id} on the menu; look again")
        return item

    def missing(self, item: Item) -> WantedSize | None:
        """The size to put on the menu; None when it is there."""
        if isinstance(item, NewItem):
            return WantedSize(None, item.name, item.type, item.variant, None, None, None, False, True, True)
        if (item.menu_item_id, item.variant) in self._sizes:
            return None
        row = self._items[item.menu_item_id]
        # What is sold no more stays so; an item without any size was taken back, and begins anew.
        active = row["item_is_active"] or item.menu_item_id not in self._in_sizes
        named = (item.menu_item_id, row["name"], row["type"], item.variant)
        return WantedSize(*named, None, None, None, False, True, active)

    def added(self, item: Item) -> str | None:
        """What has to be put on the menu for an item."""
        if self.missing(item) is None:
            return None
        return "size" if isinstance(item, Choose) and item.menu_item_id in self._in_sizes else "item"

    def meaning(self, item: Item, added: str | None) -> Meaning:
        """The row of an item that is there."""
        assert isinstance(item, Choose)
        row = self._sizes[item.menu_item_id, item.variant]
        return Meaning(row["menu_item_id"], row["variant_id"], row["name"], row["type"], row["variant"], added)


def _key(name: str, type_: str) -> tuple[str, str]:
    return name.casefold(), type_.casefold()
