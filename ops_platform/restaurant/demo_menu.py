"""The demo's menu: an invented ice-cream shop, "Kettle & Cone Creamery", with flavours of its own.

Belongs here: what the shop sells, in which sizes, at which price, under which PetPooja ids, and how much of it sells.
Not here: how tills and aggregators write these things (demo_names), and orders of them (demo_orders). Nothing is
random: a row's ids come from its place in the menu, so new items go to the end of their table.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

import pandas as pd

ICE_CREAM: Final = "Ice Cream"
ONE_PIECE: Final = "1_PIECE"

# size -> (price in rupees, how often it is sold at the counter, how often by an aggregator)
SIZES: Final[dict[str, tuple[int, int, int]]] = {
    "JUNIOR_SCOOP_60GMS": (90, 16, 3),
    "REGULAR_SCOOP_120GMS": (160, 40, 8),
    "MINI_TUB_160GMS": (210, 4, 16),
    "MINI_TUB_200ML": (200, 3, 22),
    "REGULAR_TUB_220GMS": (290, 3, 16),
    "REGULAR_TUB_300ML": (300, 2, 22),
    "PERFECT_PLENTY_200GMS": (280, 1, 8),
    "FAMILY_TUB_500GMS": (590, 2, 8),
    "FAMILY_TUB_700ML": (720, 1, 7),
    "FAMILY_TUB_725ML": (745, 1, 6),
}

_CLASSIC, _FRUIT, _NUTTY, _PREMIUM = "House Classics", "Fruit & Flower", "Nut & Spice", "Slow Batch"
# (name without "Ice Cream", category, twin: is there an eggless one as well), best seller first.
_FLAVOURS: Final[tuple[tuple[str, str, bool], ...]] = (
    ("Vanilla Bean", _CLASSIC, True),
    ("Salted Caramel Swirl", _CLASSIC, True),
    ("Dark Chocolate & Sea Salt", _CLASSIC, True),
    ("Eggless Tender Coconut", _FRUIT, False),
    ("Filter Kaapi", _CLASSIC, False),
    ("Alphonso & Passion Fruit", _FRUIT, False),
    ("Honey & Walnut", _NUTTY, True),
    ("Peanut Butter Crunch", _NUTTY, True),
    ("Custard Apple", _FRUIT, False),
    ("Crème Brûlée", _PREMIUM, False),
    ("Bean-to-Bar Mocha", _PREMIUM, False),
    ("Raspberry & White Chocolate", _FRUIT, False),
    ("Ginger Biscuit", _NUTTY, False),
    ("Saffron & Almond", _NUTTY, False),
    ("Blackcurrant Ripple", _FRUIT, False),
    ("Guava Chilli", _FRUIT, False),
    ("Roasted Hazelnut", _PREMIUM, False),
    ("Toasted Marshmallow", _CLASSIC, False),
    ("Jaggery & Sesame", _NUTTY, False),
    ("Lemon Poppy Seed", _FRUIT, False),
    ("Blueberry Cheesecake", _PREMIUM, False),
    ("Peppermint Bark", _CLASSIC, False),
)


class _Other(NamedTuple):
    """What is no flavour: name, type, category, ((variant, price), ..), sold at the counter and by aggregators."""

    name: str
    type: str
    category: str
    sizes: tuple[tuple[str, int], ...]
    counter: int
    aggregator: int


_OTHERS: Final = (
    _Other("Celebration Ice Cream Cake", ICE_CREAM, "Cakes", (("400GMS", 650), ("1KG", 1450)), 2, 2),
    _Other("Walnut Brownie", "Dessert", "Desserts", ((ONE_PIECE, 120), ("2_PIECES", 220)), 12, 6),
    _Other("Espresso Tiramisu", "Dessert", "Desserts", ((ONE_PIECE, 240),), 8, 6),
    _Other("Raspberry Lamington", "Dessert", "Desserts", ((ONE_PIECE, 110), ("2_PIECES", 200)), 6, 4),
    _Other("Burnt Honey Cheesecake", "Dessert", "Desserts", ((ONE_PIECE, 260),), 8, 5),
    _Other("Oat & Raisin Cookie", "Dessert", "Desserts", ((ONE_PIECE, 70), ("2_PIECES", 130)), 8, 3),
    _Other("Spiced Apple Pie", "Dessert", "Desserts", ((ONE_PIECE, 180),), 5, 3),
    _Other("Americano", "Drinks", "Drinks", ((ONE_PIECE, 130),), 12, 0),
    _Other("Cappuccino", "Drinks", "Drinks", ((ONE_PIECE, 160),), 14, 0),
    _Other("Hot Chocolate", "Drinks", "Drinks", ((ONE_PIECE, 190),), 8, 0),
    _Other("Water Bottle", "Drinks", "Drinks", ((ONE_PIECE, 20),), 20, 0),
    _Other("Cup", "Extra", "Extras", ((ONE_PIECE, 0),), 0, 0),
    _Other("Waffle Cone", "Extra", "Extras", ((ONE_PIECE, 30), ("2_PIECES", 50)), 8, 1),
    _Other("Takeaway Cup", "Extra", "Extras", ((ONE_PIECE, 10),), 4, 0),
    _Other("Hot Fudge Sauce", "Extra", "Extras", ((ONE_PIECE, 60),), 3, 1),
    _Other("Dry Ice Packaging", "Extra", "Extras", ((ONE_PIECE, 50),), 2, 0),
    _Other("Rider Delivery Charges", "Extra", "Extras", ((ONE_PIECE, 150),), 2, 0),
    _Other("Sweet Pair Duo", "Combo", "Combos", (("DUO_200ML_200ML", 380),), 2, 14),
    _Other("Eggless Sweet Pair Duo", "Combo", "Combos", (("DUO_200ML_200ML", 380),), 1, 6),
    _Other("Garden Party Family Pack", "Combo", "Combos", (("FAMILY_PACK_3X200ML", 540),), 1, 9),
    _Other("Churn Room Factory Visit", "Service", "Visits", (("SINGLE", 450), ("FAMILY", 1500)), 2, 0),
    _Other("School Kids Churning Day", "Service", "Visits", ((ONE_PIECE, 350),), 1, 0),
)
ADDON_NAMES: Final = frozenset({"Cup", "Waffle Cone", "Takeaway Cup", "Hot Fudge Sauce"})
_AT_THE_COUNTER_ONLY: Final = frozenset({"Drinks", "Service"})
_FIRST_ITEMID: Final = 1_410_000_007
_FIRST_ADDONID: Final = 61_500_003


class MenuRow(NamedTuple):
    """An item in a size. price: rupees; counter, aggregator: how often it is sold there, against the other rows."""

    name: str
    type: str
    variant: str
    price: Decimal
    petpooja_itemid: int | None
    petpooja_addonid: str | None
    addon_eligible: bool
    delivery_eligible: bool
    category: str
    counter: float
    aggregator: float


@functools.cache
def menu_rows() -> tuple[MenuRow, ...]:
    """Every item in every size it is sold in; names with a type are unique, as are ids. One row in seven has no id."""
    return tuple(_with_ids(place, row) for place, row in enumerate((*_flavour_rows(), *_other_rows())))


def demo_menu() -> pd.DataFrame:
    """The menu as an importer takes it: one row an item and size.

    Columns: name, type, variant, price (Decimal rupees), petpooja_itemid (Int64, may be missing), petpooja_addonid
    (text or None), addon_eligible, delivery_eligible.
    """
    columns = MenuRow._fields[: MenuRow._fields.index("category")]
    frame = pd.DataFrame([row[: len(columns)] for row in menu_rows()], columns=list(columns))
    return frame.astype({"petpooja_itemid": "Int64", "addon_eligible": "bool", "delivery_eligible": "bool"})


def item_code(name: str) -> str:
    """The short code a till makes of a name: capital letters and digits, ten at most."""
    return "".join(letter for letter in name.upper() if letter.isascii() and letter.isalnum())[:10]


def _flavour_rows() -> Iterator[MenuRow]:
    for rank, (flavour, category, twin) in enumerate(_FLAVOURS):
        names = (f"{flavour} {ICE_CREAM}", f"Eggless {flavour} {ICE_CREAM}")[: 1 + twin]
        for eggless, name in enumerate(names):
            demand = 100 / (rank + 6) / (1 + eggless)
            for price, size, counter, aggregator in _sizes_of(rank, dear=category == _PREMIUM):
                yield _row(name, ICE_CREAM, size, price, category, demand * counter / 10, demand * aggregator / 10)


def _sizes_of(rank: int, *, dear: bool) -> Iterator[tuple[int, str, int, int]]:
    """Price, size and demand; a flavour leaves out one size at most, and the slow ones cost 15 % more."""
    for place, (size, (price, counter, aggregator)) in enumerate(SIZES.items()):
        if rank % 4 != 3 or place != 4 + rank % 5:
            yield (price * 23 // 20 // 5 * 5 if dear else price), size, counter, aggregator


def _other_rows() -> Iterator[MenuRow]:
    for other in _OTHERS:
        for size, price in other.sizes:
            yield _row(other.name, other.type, size, price, other.category, other.counter, other.aggregator)


def _row(name: str, kind: str, size: str, price: int, category: str, counter: float, aggregator: float) -> MenuRow:
    return MenuRow(
        name=name,
        type=kind,
        variant=size,
        price=Decimal(price),
        petpooja_itemid=None,
        petpooja_addonid=None,
        addon_eligible=name in ADDON_NAMES and size == ONE_PIECE,
        delivery_eligible=kind not in _AT_THE_COUNTER_ONLY,
        category=category,
        counter=counter,
        aggregator=aggregator,
    )


def _with_ids(place: int, row: MenuRow) -> MenuRow:
    return row._replace(
        petpooja_itemid=None if place % 7 == 3 else _FIRST_ITEMID + 13 * place,
        petpooja_addonid=str(_FIRST_ADDONID + 7 * place) if row.name in {"Cup", "Takeaway Cup"} else None,
    )
