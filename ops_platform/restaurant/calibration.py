"""Samples for the confidence table: verified names with random slips, on the menu and on one that lacks their item.

What belongs here: making the samples. What does not: the fit (confidence.py) and the figures of a plain evaluation
(evaluate.py). `scripts/fit_match_confidence.py` writes the table anew when rules, likeness or labels have changed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ops_platform.restaurant.clean_names import clean_name, parts_of
from ops_platform.restaurant.evaluate import Label
from ops_platform.restaurant.match import MatchLimits, why_not
from ops_platform.restaurant.menu import Menu
from ops_platform.restaurant.name_rules import NameRules
from ops_platform.restaurant.nearest import Sought, find_near
from ops_platform.restaurant.spellings import Spellings, spellings_of

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_ROUNDS: Final = 12
_MOST_SLIPS: Final = 3
# No limit but the margin: the table itself says which likeness is enough.
_LIMITS: Final = MatchLimits(automatic_from=0, review_from=0)


def with_slips(text: str, slips: int, chance: random.Random) -> str:
    """`text` with so many slips of the finger: a letter left out, doubled, another one, or two turned round."""
    letters = list(text)
    for _ in range(slips):
        places = [place for place, letter in enumerate(letters) if letter.isalpha()]
        if not places:
            break
        place = chance.choice(places)
        kind = chance.randrange(4)
        if kind == 0:
            del letters[place]
        elif kind == 1:
            letters.insert(place, chance.choice((letters[place], chance.choice(_LETTERS))))
        elif kind == 2:
            letters[place] = chance.choice(_LETTERS)
        else:
            letters[place : place + 2] = reversed(letters[place : place + 2])
    return "".join(letters)


def samples(labels: Sequence[Label], menu: Menu, rules: NameRules, *, seed: int = 0) -> Iterator[tuple[float, bool]]:
    """Links a fuzzy search would make, as (likeness, was it right); the same for the same seed.

    Each name is asked for once on the whole menu and once on the menu without its item, so that a name which no exact
    rule knows is as likely new as misspelt; whatever is linked to there is wrong.
    """
    chance = random.Random(seed)  # noqa: S311  reproducible, no secret
    whole = spellings_of(menu, rules)
    truths = dict.fromkeys((label.name, label.type) for label in labels)
    for truth in truths:
        mine = [label.raw_name for label in labels if (label.name, label.type) == truth]
        counts = [*range(1, _MOST_SLIPS + 1)] * _ROUNDS
        slipped = [with_slips(raw, slips, chance) for raw in mine for slips in counts]
        lacking = menu.only(item for item in menu.items.values() if (item.name, item.type) != truth)
        yield from _links(slipped, whole, truth)
        yield from _links(slipped, spellings_of(lacking, rules), truth)


def _links(names: Iterable[str], index: Spellings, truth: tuple[str, str]) -> Iterator[tuple[float, bool]]:
    sought = []
    for raw in names:
        cleaned = clean_name(raw, index.rules)
        parts = parts_of(cleaned.name, index.rules)
        if parts not in index.exact:
            sought.append(Sought(parts, (cleaned.type,)))
    for near in find_near(sought, index):
        if why_not(near, _LIMITS) is None:
            yield near[0].score, (near[0].item.name, near[0].item.type) == truth
