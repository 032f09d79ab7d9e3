"""PetPooja's menu JSON as a menu of ours: its items, their variations, and the add-ons of its groups.

What belongs here: which number orders carry for what, and splitting PetPooja's names with the rules of the shop. What
does not: the rules (clean_names.py) and what any menu entry must obey (menu_file.py). Fields as PetPooja's adapters
show them: items[].variation[], addongroups[].addongroupitems[].
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from ops_platform.core.text import clean_text
from ops_platform.restaurant.menu_file import (
    EntryError,
    MenuEntry,
    MenuFile,
    addonid_of,
    item_name,
    item_type,
    item_variant,
    itemid_of,
    price_of,
    without_clashes,
)
from ops_platform.restaurant.sheets import Problem, SheetError

Clean = Callable[[str], Mapping[str, str]]
"""Splits a name as orders carry it into name, type and variant."""

_OFF: Final = ("0", "false", "no")
_FIELDS: Final = {  # of an entry -> as PetPooja calls it, for an item, a variation and an add-on
    "item": {"name": "itemname", "price": "price", "petpooja_itemid": "itemid"},
    "variation": {"name": "name", "price": "price", "petpooja_itemid": "id"},
    "addon": {"name": "addonitem_name", "price": "addonitem_price", "petpooja_addonid": "addonitemid"},
}


def read_petpooja_menu(data: bytes, clean: Clean) -> MenuFile:
    """Read PetPooja's menu. An add-on that is sold by itself too becomes one entry with both numbers.

    Errors: SheetError when it is no JSON or no such menu.
    """
    document = _document(data)
    reading = _Reading(clean)
    for number, item in enumerate(document["items"]):
        reading.item(f"items[{number}]", item)
    groups = document.get("addongroups")
    for number, group in enumerate(groups if isinstance(groups, list) else []):
        reading.group(f"addongroups[{number}]", group)
    items, clashes = without_clashes(reading.items)
    addons, more = without_clashes(reading.addons)
    merged, most = without_clashes(_merged(items, addons))
    return MenuFile(merged, [*reading.problems, *clashes, *more, *most], is_verified=False)


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise SheetError(f"the file is no JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise SheetError('the JSON is no PetPooja menu: it has no list "items"')
    return document


class _Reading:
    """Collects entries and problems of a menu. An entry's place is its path in the file."""

    def __init__(self, clean: Clean) -> None:
        self._clean = clean
        self.items: list[MenuEntry] = []
        self.addons: list[MenuEntry] = []
        self.problems: list[Problem] = []

    def item(self, path: str, item: Any) -> None:
        """An item, or each of its variations: orders carry a variation's own id as itemid."""
        if not self._is_object(path, item):
            return
        active = _is_on(item.get("active"))
        variations = item.get("variation")
        if not isinstance(variations, list) or not variations:
            self.items += self._entries(path, "item", item, _text(item, "itemname"), is_active=active)
            return
        for number, variation in enumerate(variations):
            place = f"{path}.variation[{number}]"
            if self._is_object(place, variation):
                name, size = _text(item, "itemname"), _text(variation, "name")
                raw = f"{name} ({size})" if name and size else name
                on = active and _is_on(variation.get("active"))
                self.items += self._entries(place, "variation", variation, raw, is_active=on)

    def group(self, path: str, group: Any) -> None:
        """The add-ons of a group."""
        if not self._is_object(path, group):
            return
        addons = group.get("addongroupitems")
        for number, addon in enumerate(addons if isinstance(addons, list) else []):
            place = f"{path}.addongroupitems[{number}]"
            if self._is_object(place, addon):
                active = _is_on(addon.get("active"))
                name = _text(addon, "addonitem_name")
                self.addons += self._entries(place, "addon", addon, name, is_active=active)

    def _is_object(self, path: str, value: Any) -> bool:
        if not isinstance(value, dict):
            self.problems.append(Problem(None, path, "is no object with fields"))
        return isinstance(value, dict)

    def _entries(
        self, path: str, kind: str, source: Mapping[str, Any], raw: str, *, is_active: bool
    ) -> Iterator[MenuEntry]:
        """The entry of one thing, or none and a problem."""
        fields = _FIELDS[kind]
        addon = kind == "addon"
        try:
            if not raw:
                raise EntryError("name", "is empty")
            split = self._clean(raw)
            yield MenuEntry(
                None,
                path,
                item_name(split["name"]),
                item_type(split["type"]),
                item_variant(split["variant"]),
                price_of(source.get(fields["price"])),
                None if addon else itemid_of(source.get(fields["petpooja_itemid"])),
                addonid_of(source.get(fields["petpooja_addonid"])) if addon else None,
                addon_eligible=True if addon else None,
                is_active=is_active,
            )
        except EntryError as error:
            self.problems.append(Problem(None, f"{path}.{fields.get(error.column, error.column)}", str(error)))


def _text(source: Mapping[str, Any], field: str) -> str:
    value = source.get(field)
    return (clean_text(str(value)) or "") if isinstance(value, str | int) else ""


def _is_on(value: Any) -> bool:
    """PetPooja writes "1" and "0"; what is not said is on."""
    return str(value).strip().lower() not in _OFF


def _merged(items: list[MenuEntry], addons: list[MenuEntry]) -> list[MenuEntry]:
    """Items with the numbers of the add-ons that are the same thing, then the add-ons that are nothing else."""
    by_key = {addon.key: addon for addon in addons}
    both = [_with_addon(item, by_key.pop(item.key, None)) for item in items]
    return [*both, *by_key.values()]


def _with_addon(item: MenuEntry, addon: MenuEntry | None) -> MenuEntry:
    return item if addon is None else item._replace(petpooja_addonid=addon.petpooja_addonid, addon_eligible=True)
