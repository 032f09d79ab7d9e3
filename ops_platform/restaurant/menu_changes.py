"""What a menu file would change in the stored menu: new items and sizes, values old -> new, numbers that move.

What belongs here: comparing the two. What does not: reading the file (menu_file.py, petpooja_menu.py), storing.
Nothing is ever removed; what the file lacks can be made inactive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from ops_platform.restaurant.menu_file import MenuEntry

_VALUES: Final = (
    "price",
    "petpooja_itemid",
    "petpooja_addonid",
    "addon_eligible",
    "delivery_eligible",
    "is_active",
)
_NUMBERS: Final = ("petpooja_itemid", "petpooja_addonid")
_NEW: Final[Mapping[str, Any]] = {"addon_eligible": False, "delivery_eligible": True, "is_active": True}


class MenuChange(NamedTuple):
    """One thing that changes. kind: new item, new size, changed, moved number, deactivated.

    old, new: values of `field`. Of a moved number they are the sizes it belongs to before and after.
    """

    kind: str
    name: str
    type: str
    variant: str
    field: str | None = None
    old: Any = None
    new: Any = None


class WantedSize(NamedTuple):
    """An item in one size as it is to be stored. menu_item_id: None for a new item."""

    menu_item_id: int | None
    name: str
    type: str
    variant: str
    price: Decimal | None
    petpooja_itemid: int | None
    petpooja_addonid: str | None
    addon_eligible: bool
    delivery_eligible: bool
    is_active: bool


class MenuPlan(NamedTuple):
    """What to store and what that changes. missing: active sizes that the file lacks; they stay unless deactivated."""

    wanted: list[WantedSize]
    changes: list[MenuChange]
    missing: list[MenuChange]
    unchanged: int


def plan_menu(
    stored: Sequence[Mapping[str, Any]],
    entries: Iterable[MenuEntry],
    *,
    is_verified: bool = True,
    deactivate_missing: bool = False,
) -> MenuPlan:
    """Compare entries with the stored menu.

    stored: one mapping an item and size, with menu_item_id, name, type, is_verified, variant (None: an item without
    sizes) and the values of an entry. is_verified: the entries are what a person says.
    What an entry does not say stays as it is; to stand in the file makes a size active, unless the file says
    otherwise. Items are the same whatever the capitals; the file's spelling is taken.
    """
    entries = list(entries)
    menu = _Menu(stored, entries)
    wanted: list[WantedSize] = []
    changes: list[MenuChange] = []
    named: set[tuple[int | None, str]] = set()
    told: set[int | None] = set()
    for entry in entries:
        item = menu.item(entry)
        old = menu.size(item, entry.variant)
        new = _merged(item, old, entry, menu)
        named.add((new.menu_item_id, new.variant))
        found = list(_differences(old, new, menu))
        if item["menu_item_id"] not in told:
            told.add(item["menu_item_id"])
            found += _item_differences(item, new, is_verified=is_verified)
        if found:
            wanted.append(new)
            changes += found
    unchanged = len(entries) - len(wanted)
    absent = [row for row in menu.sizes if row["is_active"] and (row["menu_item_id"], row["variant"]) not in named]
    missing = [
        MenuChange("deactivated", row["name"], row["type"], row["variant"], "is_active", True, False) for row in absent
    ]
    if deactivate_missing:
        wanted += [_deactivated(row, menu) for row in absent]
        changes += missing
    return MenuPlan(wanted, changes, missing, unchanged)


class _Menu:
    """The stored menu, by what entries ask for."""

    def __init__(self, stored: Sequence[Mapping[str, Any]], entries: Sequence[MenuEntry]) -> None:
        self._claimed = {(column, getattr(entry, column)) for column in _NUMBERS for entry in entries}
        self.sizes = [row for row in stored if row["variant"] is not None]
        self._exact = {(row["name"], row["type"]): row for row in stored}
        self._folded = {(row["name"].casefold(), row["type"].casefold()): row for row in reversed(stored)}
        self._types = {row["type"].casefold(): row["type"] for row in reversed(stored)}
        self._by_size = {(row["menu_item_id"], row["variant"]): row for row in self.sizes}
        self._owners = {
            (column, row[column]): row for column in _NUMBERS for row in self.sizes if row[column] is not None
        }
        self._new: dict[tuple[str, str], dict[str, Any]] = {}
        self._spelt: dict[int, str] = {}

    def item(self, entry: MenuEntry) -> Mapping[str, Any]:
        """The item an entry means: a stored one, or one that an earlier entry or this one makes."""
        folded = (entry.name.casefold(), entry.type.casefold())
        found = self._exact.get((entry.name, entry.type)) or self._folded.get(folded)
        if found is not None:
            return found
        type_ = self._types.setdefault(entry.type.casefold(), entry.type)
        return self._new.setdefault(folded, {"menu_item_id": None, "name": entry.name, "type": type_})

    def spelling(self, item: Mapping[str, Any], entry: MenuEntry) -> str:
        """How the item is to be written: as in the file's first row of it."""
        number = item["menu_item_id"]
        return item["name"] if number is None else self._spelt.setdefault(number, entry.name)

    def spelt(self, row: Mapping[str, Any]) -> str:
        """How a stored item is to be written that the file names in other sizes only, or not at all."""
        return self._spelt.get(row["menu_item_id"], row["name"])

    def size(self, item: Mapping[str, Any], variant: str) -> Mapping[str, Any] | None:
        """A stored size of an item."""
        return self._by_size.get((item["menu_item_id"], variant))

    def owner(self, column: str, number: Any) -> Mapping[str, Any] | None:
        """The size that has a number of PetPooja now."""
        return self._owners.get((column, number))

    def kept(self, row: Mapping[str, Any], column: str) -> Any:
        """A stored value; None for a number that the file gives to some size."""
        return None if (column, row[column]) in self._claimed else row[column]


def _merged(item: Mapping[str, Any], old: Mapping[str, Any] | None, entry: MenuEntry, menu: _Menu) -> WantedSize:
    before = {column: _NEW.get(column) if old is None else menu.kept(old, column) for column in _VALUES}
    said = {column: getattr(entry, column) for column in _VALUES}
    values: dict[str, Any] = {column: before[column] if said[column] is None else said[column] for column in _VALUES}
    values["is_active"] = said["is_active"] is not False
    return WantedSize(item["menu_item_id"], menu.spelling(item, entry), item["type"], entry.variant, **values)


def _deactivated(row: Mapping[str, Any], menu: _Menu) -> WantedSize:
    values = {column: menu.kept(row, column) for column in _VALUES}
    values["is_active"] = False
    return WantedSize(row["menu_item_id"], menu.spelt(row), row["type"], row["variant"], **values)


def _item_differences(item: Mapping[str, Any], new: WantedSize, *, is_verified: bool) -> Iterable[MenuChange]:
    """What changes about an item that exists, whatever its size; told once."""
    if item["menu_item_id"] is not None:
        if item["name"] != new.name:
            yield MenuChange("changed", new.name, new.type, new.variant, "name", item["name"], new.name)
        if is_verified and not item["is_verified"]:
            yield MenuChange("changed", new.name, new.type, new.variant, "is_verified", False, True)


def _differences(old: Mapping[str, Any] | None, new: WantedSize, menu: _Menu) -> Iterable[MenuChange]:
    def change(kind: str, field: str | None = None, before: Any = None, after: Any = None) -> MenuChange:
        return MenuChange(kind, new.name, new.type, new.variant, field, before, after)

    if old is None:
        yield change("new item" if new.menu_item_id is None else "new size", "price", None, new.price)
    for column in _VALUES:
        after = getattr(new, column)
        owner = menu.owner(column, after) if column in _NUMBERS else None
        if owner is not None and owner is not old:
            yield change("moved number", f"{column} {after}", _shown(owner), f"{new.name}, {new.variant}")
        elif old is not None and after not in (old[column], menu.kept(old, column)):
            yield change("changed", column, old[column], after)


def _shown(row: Mapping[str, Any]) -> str:
    return f"{row['name']}, {row['variant']}"
