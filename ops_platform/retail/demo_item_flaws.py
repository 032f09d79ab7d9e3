"""What is wrong or odd with some of the demo's items, on purpose, so that every rule has something to find.

Belongs here: which flaws there are, how common, and what they do to an item. Not here: sound items (demo_items), flaws
of the web shop (demo_shop). A flawed item has one flaw; FLAWS says what each means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from ops_platform.retail.demo_catalogue import COMPANY_BRAND, RACK
from ops_platform.retail.demo_items import MAIN, YARD, DemoItem

Draw = np.random.Generator


class Flaw(NamedTuple):
    """A flaw: share of all items it is put into, what it means, how it is put in, which items may have it."""

    share: float
    meaning: str
    put_in: Callable[[DemoItem, Draw], None]
    fits: Callable[[DemoItem], bool] = lambda item: True


def _stock(item: DemoItem, main: int, yard: int | None = None) -> None:
    item.available = {MAIN: main} | ({} if yard is None else {YARD: yard})


def _negative(item: DemoItem, rng: Draw) -> None:
    _stock(item, -100 * int(rng.integers(1, 12)))


def _sold_out(item: DemoItem, rng: Draw) -> None:
    _stock(item, 0, 0 if rng.random() < 0.3 else None)


def _fraction(item: DemoItem, _: Draw) -> None:
    _stock(item, 50)


def _split(item: DemoItem, _: Draw) -> None:
    _stock(item, -300, 900)


def _no_row(item: DemoItem, _: Draw) -> None:
    item.available = {}


def _no_price(item: DemoItem, _: Draw) -> None:
    item.price = None


def _no_regular(item: DemoItem, _: Draw) -> None:
    item.regular = None


def _no_description(item: DemoItem, _: Draw) -> None:
    item.long_descr = None


def _no_text(item: DemoItem, _: Draw) -> None:
    item.descr = item.long_descr = None


def _no_brand(item: DemoItem, _: Draw) -> None:
    item.brand = None


def _two_brands(item: DemoItem, _: Draw) -> None:
    item.brand, item.long_descr = None, f"{item.name} with Loamwright"[:50]


def _no_brand_named(item: DemoItem, _: Draw) -> None:
    item.brand = None


def _lower_case(item: DemoItem, _: Draw) -> None:
    item.code = item.code.lower()


def _formula(item: DemoItem, _: Draw) -> None:
    item.long_descr = f"+{item.long_descr}"[:50]


def _excluded(item: DemoItem, _: Draw) -> None:
    item.title = "EXCLUDE"


def _inactive(item: DemoItem, _: Draw) -> None:
    item.status = "V"


def _rack(item: DemoItem, _: Draw) -> None:
    item.long_descr = f"{RACK} RACK {item.size}"
    _stock(item, 0)


def _hidden(item: DemoItem, _: Draw) -> None:
    item.web_visible = "N"


def _no_mark(item: DemoItem, _: Draw) -> None:
    item.web_visible = item.always_online = None


def _is_goods(item: DemoItem) -> bool:
    # Between short names there is room for a second brand's.
    return item.category.kind == "goods" and len(item.name) <= 34 and "Loamwright" not in item.name


def _is_plant(item: DemoItem) -> bool:
    return item.brand == COMPANY_BRAND


FLAWS: Final[dict[str, Flaw]] = {
    "sold_out": Flaw(0.04, "active, nothing available", _sold_out),
    "negative_stock": Flaw(0.01, "active, less than nothing available", _negative),
    "fraction_left": Flaw(0.005, "active, half a piece available", _fraction),
    "rack_sold_out": Flaw(0.005, f"active, sold out, of the {RACK} rack", _rack),
    "split_stock": Flaw(0.005, "below zero in one place, enough in both together", _split),
    "no_stock_row": Flaw(0.005, "no row in IM_INV", _no_row),
    "inactive_with_stock": Flaw(0.01, "status V, but in stock", _inactive),
    "no_price": Flaw(0.005, "no PRC_1", _no_price, lambda item: item.on_web),
    "no_regular_price": Flaw(0.005, "no REG_PRC", _no_regular),
    "no_description": Flaw(0.005, "no LONG_DESCR", _no_description),
    "no_text": Flaw(0.0025, "neither DESCR nor LONG_DESCR", _no_text),
    "brand_in_text": Flaw(0.03, "no brand, the description names one", _no_brand, _is_goods),
    "two_brands_in_text": Flaw(0.0025, "no brand, the description names two", _two_brands, _is_goods),
    "no_brand": Flaw(0.04, "no brand, none named", _no_brand_named, _is_plant),
    "lower_case": Flaw(0.005, "CATEG_COD in small letters", _lower_case),
    "formula": Flaw(0.0025, "a description a spreadsheet would compute", _formula),
    "excluded": Flaw(0.005, "title EXCLUDE: not in reports", _excluded),
    "web_hidden": Flaw(0.01, "meant for the web shop but hidden there", _hidden, lambda item: item.on_web),
    "no_mark": Flaw(0.01, "empty flags for the web", _no_mark, lambda item: item.on_web),
}


def plant_flaws(items: list[DemoItem], rng: Draw) -> Counter[str]:
    """Put the flaws into the items; return how many of each. Some bindings lose or double their parent row, too."""
    planted: Counter[str] = Counter()
    order = [items[place] for place in rng.permutation(len(items)).tolist()]
    for name, flaw in FLAWS.items():
        count = max(2, round(flaw.share * len(items)))
        for item in [item for item in order if _is_plain(item) and flaw.fits(item)][:count]:
            item.flaw = name
            flaw.put_in(item, rng)
            planted[name] += 1
    planted.update(_spoil_bindings(order))
    return planted


def _is_plain(item: DemoItem) -> bool:
    return item.flaw is None and item.binding_id is None and item.status == "A" and item.tracks_stock


def _spoil_bindings(items: Sequence[DemoItem]) -> dict[str, int]:
    """One binding whose parent row is an ordinary item, one in which a size says it is a parent, too."""
    lost, doubled, *_ = [item for item in items if item.is_parent and item.on_web]
    lost.is_parent, lost.binding_id, lost.on_web, lost.flaw = False, None, False, "binding_without_parent"
    lost.status = "D"
    lost.available = {MAIN: 0}
    size = next(item for item in items if item.binding_id == doubled.binding_id and not item.is_parent)
    size.is_parent, size.flaw = True, "binding_with_two_parents"
    return {"binding_without_parent": 1, "binding_with_two_parents": 1}
