"""The names on the demo's bills, each with its planted truth.

Belongs here: what each name means, and by which way a matcher has to come to it (`way`):

    id      the line's PetPooja id is on the menu; the name may be anything, one from before too
    exact   the id is another menu's; cleaned, the name is the menu's, though not always in a size that is sold
    fuzzy   a slip that no rule knows, near enough to be linked without a person
    review  a person has to look: words left out or turned round, a festival, former items like one of today
    none    nothing on the menu is near: items no longer sold, things typed in by hand

The truth follows the rules of the shop's order item design (`Perfect Plenty (300ml)` is REGULAR_TUB_300ML). A name has
one truth wherever it stands. Not here: what people type (demo_spellings), how often what is ordered (demo_orders).
Nothing is random.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, Literal, NamedTuple

import pandas as pd

from ops_platform.restaurant.demo_menu import ICE_CREAM, ONE_PIECE, SIZES, MenuRow, menu_rows
from ops_platform.restaurant.demo_spellings import (
    FOR_A_PERSON,
    LOOKALIKES,
    NAMES_BEFORE,
    STRANGERS,
    UNKNOWN_SLIPS,
    with_a_slip,
    with_size,
)

Way = Literal["id", "exact", "fuzzy", "review", "none"]
Side = Literal["counter", "aggregator"]
WAYS: Final[tuple[Way, ...]] = ("id", "exact", "fuzzy", "review", "none")

_SIDES: Final[tuple[Side, ...]] = ("counter", "aggregator")
_FOREIGN_ITEMID: Final = 2_900_000_011  # above every id of the menu: the numbers of an aggregator's own menu
_FOREIGN_ADDONID: Final = 98_400_001
_SIZES_OF_SLIPS: Final = (
    ("REGULAR_SCOOP_120GMS", "JUNIOR_SCOOP_60GMS", "MINI_TUB_160GMS"),
    ("MINI_TUB_200ML", "REGULAR_TUB_300ML", "REGULAR_TUB_220GMS"),
)
_SIZES_BEFORE: Final = ("REGULAR_SCOOP_120GMS", ONE_PIECE)
_UNSOLD_SIZE: Final = "PERFECT_PLENTY_350ML"


class DemoName(NamedTuple):
    """A name on a bill and what it means. price: rupees on the menu; weight: how often, within side and way."""

    raw: str
    name: str
    type: str
    variant: str
    way: Way
    side: Side
    petpooja_itemid: int
    category: str
    price: Decimal
    weight: float


class DemoAddon(NamedTuple):
    """Something added to a line and what it means. price: rupees, part of the line's price."""

    raw: str
    name: str
    way: Way
    petpooja_addonid: str
    group: str
    price: int
    weight: float


@functools.cache
def demo_names() -> tuple[DemoName, ...]:
    """Every name that lines of the demo's bills may hold, on both sides and by all ways."""
    return (
        *_regular_names(),
        *_slipped_names("fuzzy", UNKNOWN_SLIPS, 3, _FOREIGN_ITEMID + 100_000),
        *_slipped_names("review", FOR_A_PERSON, 2, _FOREIGN_ITEMID + 200_000),
        *_lookalikes(),
        *_unsold_sizes(),
        *_strangers(),
    )


@functools.cache
def demo_addons() -> tuple[DemoAddon, ...]:
    """Every name that add-ons of the demo's bills may hold; all of them are pieces of type Extra."""
    ids = {row.name: row.petpooja_addonid or "" for row in menu_rows() if row.addon_eligible}
    foreign = str(_FOREIGN_ADDONID)
    cone = "Cuporcone"
    return (
        DemoAddon("Cup", "Cup", "id", ids["Cup"], cone, 0, 34),
        DemoAddon("Cup", "Cup", "exact", foreign, cone, 0, 20),
        DemoAddon("Waffle Cone", "Waffle Cone", "exact", str(_FOREIGN_ADDONID + 1), cone, 0, 16),
        DemoAddon("Waffle Cone", "Waffle Cone", "exact", str(_FOREIGN_ADDONID + 2), cone, 30, 14),
        DemoAddon("Takeaway Cup", "Takeaway Cup", "id", ids["Takeaway Cup"], cone, 10, 4),
        DemoAddon("Wafle Cone", "Waffle Cone", "fuzzy", str(_FOREIGN_ADDONID + 3), cone, 30, 5),
        DemoAddon("Waffle Cone Crunchy", "Waffle Cone", "review", str(_FOREIGN_ADDONID + 4), cone, 30, 4),
        DemoAddon("Rainbow Sprinkles", "Rainbow Sprinkles", "none", str(_FOREIGN_ADDONID + 5), "Toppings", 20, 3),
    )


def demo_labels() -> pd.DataFrame:
    """The truth of every name, once: raw_name, name, type, variant, lines first, then add-ons.

    What the shop does not sell is labelled with the name it has or had; demo_menu does not know it.
    """
    rows = [(known.raw, known.name, known.type, known.variant) for known in demo_names()]
    rows += [(addon.raw, addon.name, "Extra", ONE_PIECE) for addon in demo_addons()]
    return pd.DataFrame(rows, columns=["raw_name", "name", "type", "variant"]).drop_duplicates(ignore_index=True)


def _regular_names() -> Iterator[DemoName]:
    """Each row of the menu as both sides write it: with another menu's id, and with its own where it has one."""
    for number, row in enumerate(menu_rows()):
        for side, demand in enumerate((row.counter, row.aggregator)):
            if not demand:
                continue
            plain = with_size(row.name, row.variant, side, number // len(SIZES))
            slip = with_a_slip(row.name, number // 2) if number % 2 or row.type != ICE_CREAM else None
            slipped = with_size(slip or row.name, row.variant, side, number)
            before = NAMES_BEFORE.get(row.name) if row.variant in _SIZES_BEFORE and side == 0 else None
            known = with_size(before, row.variant, side, number) if before else slipped
            foreign = _FOREIGN_ITEMID + 17 * (2 * number + side)
            yield _of_row(row, plain, "exact", side, foreign, demand * 3)
            yield _of_row(row, slipped, "exact", side, foreign, demand)
            if row.petpooja_itemid is not None:
                yield _of_row(row, plain, "id", side, row.petpooja_itemid, demand * 3)
                yield _of_row(row, known, "id", side, row.petpooja_itemid, demand)


def _of_row(row: MenuRow, raw: str, way: Way, side: int, itemid: int, weight: float) -> DemoName:
    return DemoName(
        *(raw, row.name, row.type, row.variant, way, _SIDES[side]), itemid, row.category, row.price, round(weight, 4)
    )


def _slipped_names(
    way: Way, slips: tuple[tuple[str, str], ...], sizes_a_side: int, first_itemid: int
) -> Iterator[DemoName]:
    rows = {(row.name, row.variant): row for row in menu_rows()}
    for number, (name, written) in enumerate(slips):
        for side, sizes in enumerate(_SIZES_OF_SLIPS):
            for place, size in enumerate(sizes[:sizes_a_side]):
                if row := rows.get((name, size)):
                    raw = with_size(written, size, side, number)
                    yield _of_row(row, raw, way, side, first_itemid + 10 * number + 5 * side + place, 1 / (number + 4))


def _unsold_sizes() -> Iterator[DemoName]:
    """The right name in a size that is not on the menu: there is an item to link, and no variant of it."""
    for number, row in enumerate(row for row in menu_rows() if row.variant == "PERFECT_PLENTY_200GMS"):
        if number % 9 == 0:
            unsold = row._replace(variant=_UNSOLD_SIZE)
            raw = with_size(row.name, _UNSOLD_SIZE, 1, 0)
            yield _of_row(unsold, raw, "exact", 1, _FOREIGN_ITEMID + 300_000 + number, 2)


def _lookalikes() -> Iterator[DemoName]:
    for number, name in enumerate(LOOKALIKES):
        for side, sizes in enumerate(_SIZES_OF_SLIPS):
            raw = with_size(name, sizes[0], side, number)
            itemid = _FOREIGN_ITEMID + 500_000 + 2 * number + side
            price = Decimal(SIZES[sizes[0]][0])
            yield DemoName(raw, name, ICE_CREAM, sizes[0], "review", _SIDES[side], itemid, "Others", price, 1 / 16)


def _strangers() -> Iterator[DemoName]:
    for number, (written, name, size, price) in enumerate(STRANGERS):
        for side, place in enumerate(_SIDES):
            raw = with_size(written, size, side, number)
            itemid = _FOREIGN_ITEMID + 400_000 + 2 * number + side
            yield DemoName(
                raw, name, ICE_CREAM, size, "none", place, itemid, "Others", Decimal(price), 1 / (number + 3)
            )
