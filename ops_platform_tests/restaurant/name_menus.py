"""Invented menus for tests of matching: a shop of their own, no name of which is anybody's."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ops_platform.restaurant.match import MatchLimits, match_names
from ops_platform.restaurant.menu import Aliases, Menu
from ops_platform.restaurant.name_rules import NameRules, load_rules

SCOOP, TUB = "REGULAR_SCOOP_120GMS", "MINI_TUB_200ML"
SHOP = (
    ("Honey & Walnut Ice Cream", "Ice Cream", (SCOOP, TUB)),
    ("Eggless Honey & Walnut Ice Cream", "Ice Cream", (SCOOP, TUB)),
    ("Guava Chilli Ice Cream", "Ice Cream", (SCOOP,)),
    ("Burnt Toffee (Contains Alcohol) Ice Cream", "Ice Cream", (SCOOP,)),
    ("Burnt Toffee Brownie", "Dessert", ("1_PIECE", "2_PIECES")),
    ("Waffle Cone", "Extra", ("1_PIECE",)),
    ("Cup", "Extra", ("1_PIECE",)),
    ("300 Rider Delivery Charges", "Extra", ("1_PIECE",)),
    ("400 Rider Delivery Charges", "Extra", ("1_PIECE",)),
)
Shop = tuple[tuple[str, str, tuple[str, ...]], ...]


def menu_frame(shop: Shop = SHOP, **columns: Any) -> pd.DataFrame:
    """A row an item and size, items numbered from 1; `columns` replaces whole columns."""
    sizes = list(dict.fromkeys(size for _, _, has in shop for size in has))
    rows = [
        (number, name, kind, sizes.index(size) + 101, size, None, None, True)
        for number, (name, kind, has) in enumerate(shop, 1)
        for size in has
    ]
    names = ["menu_item_id", "name", "type", "variant_id", "variant"]
    frame = pd.DataFrame(rows, columns=[*names, "petpooja_itemid", "petpooja_addonid", "is_active"])
    return frame.astype({"petpooja_itemid": object, "petpooja_addonid": object}).assign(**columns)


def shop_menu(shop: Shop = SHOP) -> Menu:
    """The same as matching takes it."""
    return Menu.from_frame(menu_frame(shop))


def match(
    *raws: str,
    menu: Menu | None = None,
    aliases: Aliases | None = None,
    rules: NameRules | None = None,
    limits: MatchLimits | None = None,
    petpooja_id: object = None,
    kind: str = "item",
) -> list[Any]:
    """Match names and give back the rows of the result."""
    names = pd.DataFrame({"name_raw": list(raws), "petpooja_id": petpooja_id, "kind": kind}, dtype=object)
    found = match_names(names, menu or shop_menu(), aliases or Aliases(), rules or load_rules("seed"), limits)
    return list(found.itertuples())
