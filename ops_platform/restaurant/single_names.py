"""The calls of the shop's design text, one name at a time: for scripts and for trying things out.

What belongs here: those names. What does not: matching itself; whole loads call `match.match_names`, which looks at
every distinct name once.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ops_platform.restaurant.clean_names import parts_of
from ops_platform.restaurant.match import MatchLimits, match_names, why_not
from ops_platform.restaurant.menu import Aliases, Menu, MenuItem
from ops_platform.restaurant.name_rules import NameRules, load_rules
from ops_platform.restaurant.nearest import Sought, find_near
from ops_platform.restaurant.spellings import spellings_of


def match_item(
    raw: str,
    menu: Menu,
    aliases: Aliases | None = None,
    rules: NameRules | None = None,
    limits: MatchLimits | None = None,
    *,
    petpooja_id: object = None,
    kind: str = "item",
) -> dict[str, Any]:
    """Match one raw name: the columns of `match_names` as a dict. Without `rules`: the design's own."""
    names = pd.DataFrame({"name_raw": [raw], "petpooja_id": [petpooja_id], "kind": [kind]}, dtype=object)
    found = match_names(names, menu, aliases or Aliases(), rules or load_rules("seed"), limits)
    return dict(zip(found.columns, next(found.itertuples(index=False, name=None)), strict=True))


def fuzzy_match_menu_item(
    name: str, item_type: str, menu: Menu, rules: NameRules | None = None, limits: MatchLimits | None = None
) -> MenuItem | None:
    """The item a cleaned name and type surely mean although it is misspelt; None when a person has to look."""
    rules, limits = rules or load_rules("seed"), limits or MatchLimits()
    [near] = find_near([Sought(parts_of(name, rules), (item_type,))], spellings_of(menu, rules))
    sure = why_not(near, limits) is None and near[0].confidence >= limits.automatic_from
    return near[0].item if sure else None
