"""Under which spellings the menu's items are known, given the rules: what a cleaned name is compared with.

What belongs here: exact look-ups, and the table of spellings for the fuzzy search. What does not: how like two
spellings are (likeness.py), and what is linked (match.py).

Menus hold doubles: an item under its name of today and under names of before. The rules give all of them one name;
the item that bears it is the rightful one, and the others are only spellings of it. A double whose rightful item is
not on the menu is never linked by its name: which item is meant is for a person to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ops_platform.restaurant.clean_names import WordParts, clean_name, parts_of
from ops_platform.restaurant.menu import Menu, MenuItem
from ops_platform.restaurant.name_rules import NameRules
from ops_platform.restaurant.name_text import plain_text

Named = dict[WordParts, tuple[MenuItem, ...]]


class Spelling(NamedTuple):
    """A way to write an item. is_rightful: False for a double whose rightful item is missing."""

    parts: WordParts
    type: str
    menu_item_id: int
    is_rightful: bool


@dataclass(frozen=True, eq=False)
class Spellings:
    """The spellings of a menu: those of items[i] are table[starts[i]:starts[i + 1]].

    exact: items by the name the rules give them. verbatim: items with a size in their own name (Cola 300ml), by just
    that name. vocabulary: every word of the menu, and those the rules call words.
    """

    rules: NameRules
    items: tuple[MenuItem, ...]
    table: tuple[Spelling, ...]
    starts: np.ndarray
    exact: Named
    verbatim: Named
    vocabulary: frozenset[str]

    def of_item(self, place: int) -> tuple[Spelling, ...]:
        """The spellings of items[place]."""
        return self.table[self.starts[place] : self.starts[place + 1]]


def spelled(parts: WordParts) -> str:
    """A name's words as one text to compare: diet first, so that where Eggless stands does not matter."""
    return " ".join((*sorted(parts.diet), *parts.words))


def spellings_of(menu: Menu, rules: NameRules) -> Spellings:
    """Work out how the items of a menu are written under the rules. The order is stable: ids, then the rules."""
    exact: dict[WordParts, list[MenuItem]] = defaultdict(list)
    verbatim: dict[WordParts, list[MenuItem]] = defaultdict(list)
    for item in menu.items.values():
        own, given = _names(item, rules)
        if own == given:
            exact[own].append(item)
        elif clean_name(item.name, rules).variant_known:
            verbatim[own].append(item)
    known = {name: tuple(items) for name, items in exact.items()}
    table = tuple(dict.fromkeys(sorted(_table(menu, known, rules), key=lambda row: row.menu_item_id)))
    numbers = [row.menu_item_id for row in table]
    present = list(dict.fromkeys(numbers))
    return Spellings(
        rules=rules,
        items=tuple(menu.items[number] for number in present),
        table=table,
        starts=np.searchsorted(numbers, [*present, np.iinfo(np.int64).max]),
        exact=known,
        verbatim={name: tuple(items) for name, items in verbatim.items()},
        vocabulary=rules.words.union(*(row.parts.words for row in table)),
    )


def rightful(found: Sequence[MenuItem], types: Sequence[str], variant: str | None = None) -> MenuItem | None:
    """Of items that share a name, the one of the first of `types` that there is; an only item whatever its type.

    Of several of one type, the first that is sold in `variant`, else the first.
    """
    for kind in types:
        same = [item for item in found if item.type == kind]
        if same:
            return next((item for item in same if variant in item.variants), same[0])
    return found[0] if len(found) == 1 else None


def _names(item: MenuItem, rules: NameRules) -> tuple[WordParts, WordParts]:
    """How the menu calls an item, and how the rules do."""
    return parts_of(plain_text(item.name), rules), parts_of(clean_name(item.name, rules).name, rules)


def _table(menu: Menu, exact: Named, rules: NameRules) -> Iterator[Spelling]:
    for item in menu.items.values():
        own, given = _names(item, rules)
        types = (item.type, clean_name(item.name, rules).type)
        bearer = item if own == given else rightful(exact.get(given, ()), types)
        if bearer is None:
            yield Spelling(own, item.type, item.menu_item_id, False)
        else:
            yield Spelling(own, item.type, bearer.menu_item_id, True)
    for flavour in rules.flavours:
        for text in (flavour.text, f"{flavour.text} Ice Cream"):
            for form in (text, f"Eggless {text}"):
                for item in exact.get(parts_of(clean_name(form, rules).name, rules), ()):
                    yield Spelling(parts_of(form, rules), item.type, item.menu_item_id, True)
