"""Find an item of the menu by what a person types: the beginnings of its words, or nearly its name.

What belongs here: ranking for eyes that choose. What does not: linking without a person (match.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from rapidfuzz import fuzz, utils

from ops_platform.restaurant.name_text import words_of

_NEAR: Final = 55.0
_BEGINNING: Final = 100.0


class MenuChoice(NamedTuple):
    """An item a person can choose, with the sizes it is sold in."""

    menu_item_id: int
    name: str
    type: str
    sizes: tuple[str, ...]
    is_active: bool


def menu_choices(rows: Iterable[Mapping[str, Any]]) -> list[MenuChoice]:
    """The items of the stored menu (flows' menu_sizes), in its order."""
    found: dict[int, MenuChoice] = {}
    for row in rows:
        item = found.get(row["menu_item_id"])
        sizes = (() if item is None else item.sizes) + (() if row["variant"] is None else (row["variant"],))
        found[row["menu_item_id"]] = MenuChoice(
            row["menu_item_id"], row["name"], row["type"], sizes, row["item_is_active"]
        )
    return list(found.values())


def search_menu(choices: Iterable[MenuChoice], text: str, *, limit: int = 9) -> list[MenuChoice]:
    """Return the items that suit what was typed, best first; all of them (up to `limit`) for nothing typed.

    Words may be begun only, in any order, and of the type too: `van ice`. Items that only nearly suit are shown where
    none does. What is sold comes before what no longer is.
    """
    asked = words_of(text)
    ranked = [(score, choice) for choice in choices if (score := _score(asked, text, choice)) >= _NEAR]
    if any(score >= _BEGINNING for score, _ in ranked):
        ranked = [(score, choice) for score, choice in ranked if score >= _BEGINNING]
    ranked.sort(key=lambda found: (-found[0], not found[1].is_active, found[1].name))
    return [choice for _, choice in ranked[:limit]]


def _score(asked: tuple[str, ...], text: str, choice: MenuChoice) -> float:
    if not asked:
        return _BEGINNING
    words = words_of(f"{choice.name} {choice.type}")
    if all(any(word.startswith(part) for word in words) for part in asked):
        # Of the items that hold all of it, the one with the least else in it.
        return _BEGINNING + 1 / len(words)
    return fuzz.WRatio(text, choice.name, processor=utils.default_process) * 0.99
