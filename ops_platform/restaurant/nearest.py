"""The menu items nearest to names that no exact way found, with what speaks for each.

What belongs here: ranking items, and the evidence for the best three. What does not: the decision (match.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from rapidfuzz import fuzz

from ops_platform.restaurant.clean_names import WordParts, clean_name, parts_of
from ops_platform.restaurant.confidence import confidence_of
from ops_platform.restaurant.likeness import likeness, same_words
from ops_platform.restaurant.menu import MenuItem
from ops_platform.restaurant.name_rules import NameRules
from ops_platform.restaurant.spellings import Spellings, spelled

CANDIDATES: Final = 3
_OTHER_TYPE: Final = 10.0  # a person may see an item of another type, but it has to be much nearer


class Sought(NamedTuple):
    """A cleaned name, and the types it may be of."""

    parts: WordParts
    types: tuple[str, ...]


class Near(NamedTuple):
    """An item near a name.

    score: likeness 0 to 100, less for another type; confidence: of a link, provided that the words agree;
    same_words: words and diet agree; words_but_diet: only the diet differs.
    """

    item: MenuItem
    score: float
    confidence: float
    is_rightful: bool
    same_type: bool
    same_words: bool
    words_but_diet: bool


def find_near(sought: Sequence[Sought], index: Spellings) -> list[list[Near]]:
    """The nearest items of each name, best first; none for a name without words. Equal scores keep the menu's order."""
    if not sought or not index.items:
        return [[] for _ in sought]
    scores = likeness([spelled(one.parts) for one in sought], [spelled(row.parts) for row in index.table])
    for types in {one.types for one in sought}:
        less = np.array([0.0 if row.type in types else _OTHER_TYPE for row in index.table], np.float32)
        scores[[place for place, one in enumerate(sought) if one.types == types]] -= less
    by_item = np.maximum.reduceat(scores, index.starts[:-1], axis=1)
    order = np.argsort(-by_item, axis=1, kind="stable")[:, :CANDIDATES]
    return [
        [_near(one, int(item), float(by_item[place, item]), index) for item in order[place]] if one.parts.words else []
        for place, one in enumerate(sought)
    ]


def likeness_to_item(parts: WordParts, item: MenuItem, rules: NameRules) -> float:
    """How like a name is to one item's name, 0 to 100: tells a new spelling from another thing."""
    own = parts_of(clean_name(item.name, rules).name, rules)
    return fuzz.token_sort_ratio(spelled(parts), spelled(own))


def _near(one: Sought, place: int, score: float, index: Spellings) -> Near:
    rows = index.of_item(place)
    agreeing = [row for row in rows if same_words(one.parts.words, row.parts.words, index.vocabulary)]
    agrees = any(row.parts.diet == one.parts.diet for row in agreeing)
    return Near(
        item=index.items[place],
        score=max(score, 0.0),
        confidence=confidence_of(score),
        is_rightful=any(row.is_rightful for row in rows),
        same_type=any(row.type in one.types for row in agreeing or rows),
        same_words=agrees,
        words_but_diet=bool(agreeing) and not agrees,
    )
