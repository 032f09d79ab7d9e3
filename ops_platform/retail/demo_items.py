"""The demo's items: rows of the point of sale as a tidy store would have them, single or as sizes of one product.

Belongs here: how an item comes to be, and what tickets need to know of it. Not here: names and seasons
(demo_catalogue), what is wrong with some items (demo_item_flaws), the tables they are written to (demo_item_tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from ops_platform.retail.demo_catalogue import (
    BRAND_OF,
    BRANDS,
    BUFFERS,
    CATEGORIES,
    COMPANY_BRAND,
    Category,
    product_names,
)

MAIN, YARD = "MAIN", "YARD"
LEAST, MOST = 200, 50_000
"""How many items a demo may have."""

_BY_THE_YARD: Final = ("Pine Mulch", "Compost")
_BOUND, _ON_WEB, _NEVER_SOLD, _IN_YARD = 0.30, 0.82, 0.06, 0.3


@dataclass(slots=True)
class DemoItem:
    """A row of IM_ITEM, with its stock. Money in cents, stock in hundredths by location; None is an empty cell.

    product: which product it is of, by place; a parent row and its sizes share it. code: the category as it is written.
    popularity: its share of units sold in a mean week; 0 never sells.
    """

    item_no: str
    product: int
    category: Category
    code: str
    name: str
    size: str
    descr: str | None
    long_descr: str | None
    title: str | None
    brand: str | None
    vendor: str
    price: int | None
    regular: int | None
    cost: int
    popularity: float
    binding_id: str | None = None
    is_parent: bool = False
    by_the_yard: bool = False
    status: str = "A"
    on_web: bool = False
    web_visible: str | None = "Y"
    buffer: int | None = None
    always_online: str | None = "N"
    featured: str = "N"
    sort_order: str | None = None
    available: dict[str, int] = field(default_factory=dict)
    committed: int = 0
    on_order: int = 0
    maintained_day: int = 0
    flaw: str | None = None

    @property
    def tracks_stock(self) -> bool:
        """Whether it has stock of its own: services have none."""
        return self.category.kind != "service"

    @property
    def key(self) -> str:
        """What the web shop's product of it is mapped by."""
        return self.binding_id or self.item_no


class Shelf(NamedTuple):
    """What can be sold, as arrays in the order of the items; parent rows have popularity 0. Money in cents."""

    category: np.ndarray
    price: np.ndarray
    trade_price: np.ndarray
    cost: np.ndarray
    popularity: np.ndarray
    by_the_yard: np.ndarray
    taxed: np.ndarray


class _Draft(NamedTuple):
    """A product before its items: how many sizes (0: unbound)."""

    place: int
    category: Category
    name: tuple[str, str]
    sizes: int


def draw_items(count: int, rng: np.random.Generator) -> list[DemoItem]:
    """So many items, each category among them. ValueError: not LEAST..MOST."""
    if not LEAST <= count <= MOST:
        raise ValueError(f"a demo store has {LEAST} to {MOST:,} items; asked: {count:,}")
    items: list[DemoItem] = []
    for draft in _drafts(count, rng):
        items += _items_of(draft, 10_001 + 7 * len(items), rng)
    _share_out(items, rng)
    return items


def shelf_of(items: Sequence[DemoItem]) -> Shelf:
    """The items as tickets see them. What has no price is typed in at the till as 9.99."""
    places = {category.code: place for place, category in enumerate(CATEGORIES)}
    price = np.array([999 if item.price is None else item.price for item in items], dtype=np.int64)
    regular = np.array([-1 if item.regular is None else item.regular for item in items], dtype=np.int64)
    return Shelf(
        category=np.array([places[item.category.code] for item in items]),
        price=price,
        trade_price=np.where(regular < 0, price, regular),
        cost=np.array([item.cost for item in items], dtype=np.int64),
        popularity=np.array([item.popularity for item in items]),
        by_the_yard=np.array([item.by_the_yard for item in items]),
        taxed=np.array([item.category.kind != "service" for item in items]),
    )


def right_buffer(item: DemoItem) -> int:
    """How many are kept back by the store's rules: brand, then pottery by price, then five."""
    if item.brand in BUFFERS:
        return BUFFERS[item.brand]
    if item.category.code == "POTTERY" and item.price is not None:
        return 0 if item.price > 10_000 else 1 if item.price > 5_000 else 3
    return 5


def _drafts(count: int, rng: np.random.Generator) -> list[_Draft]:
    """Products whose items are `count` in all; the last ones are unbound to come out even."""
    share = np.array([category.share for category in CATEGORIES], dtype=float)
    chosen = rng.choice(len(CATEGORIES), size=count, p=share / share.sum())
    chosen[: len(CATEGORIES)] = np.arange(len(CATEGORIES))
    most = np.array([len(category.sizes) for category in CATEGORIES])[chosen]
    sizes = np.where((rng.random(count) < _BOUND) & (most > 1), np.minimum(rng.integers(2, 6, count), most), 0)
    rows = np.cumsum(np.where(sizes > 0, sizes + 1, 1))
    whole = int(np.searchsorted(rows, count, side="right"))
    even = whole + count - (int(rows[whole - 1]) if whole else 0)
    sizes[whole:even] = 0
    chosen, sizes = chosen[:even], sizes[:even]
    names = [
        iter(product_names(category, int((chosen == place).sum()), rng)) for place, category in enumerate(CATEGORIES)
    ]
    return [
        _Draft(place, CATEGORIES[category], next(names[category]), int(bound))
        for place, (category, bound) in enumerate(zip(chosen.tolist(), sizes.tolist(), strict=True))
    ]


def _items_of(draft: _Draft, number: int, rng: np.random.Generator) -> list[DemoItem]:
    """The items of a product: one, or a parent row and its sizes from small to large."""
    category = draft.category
    low, high = category.price
    base = rng.uniform(low, high)
    label = str(rng.choice(BRAND_OF.get(category.code, ("",))))
    grower = f"GROWER{1 + int(rng.integers(4))}"
    on_web = category.code != "SERVICES" and rng.random() < _ON_WEB
    sizes = sorted(rng.permutation(len(category.sizes))[: max(draft.sizes, 1)].tolist())
    binding_id = f"B{1001 + draft.place:04d}" if draft.sizes else None

    def item(place: int, size: str, factor: float, *, is_parent: bool = False) -> DemoItem:
        price = _price(base * factor)
        return DemoItem(
            item_no=_number(draft.name, number + place, lettered=draft.place % 5 < 2),
            product=draft.place,
            category=category,
            code=category.code,
            name=_product_name(draft, label),
            size=size,
            descr=" ".join(draft.name)[:30],
            long_descr=f"{_product_name(draft, label)} {size}".strip()[:50],
            title=_product_name(draft, label),
            brand=BRANDS.get(label, COMPANY_BRAND),
            vendor=BRANDS.get(label, grower),
            price=price,
            regular=_price(price * 0.0072),
            cost=round(price * rng.uniform(0.38, 0.55)),
            popularity=0.0 if is_parent else float(rng.lognormal(0, 1.1) / price**0.7),
            binding_id=binding_id,
            is_parent=is_parent,
            on_web=on_web,
        )

    if not draft.sizes:
        single = item(0, *category.sizes[sizes[0]])
        if draft.name[0] in _BY_THE_YARD:
            single.by_the_yard, single.size = True, "cu yd"
            single.long_descr = f"{single.name} cu yd"
        return [single]
    smallest = category.sizes[sizes[0]][1]
    return [
        item(0, "", smallest, is_parent=True),
        *(item(place, *category.sizes[size]) for place, size in enumerate(sizes, start=1)),
    ]


def _product_name(draft: _Draft, label: str) -> str:
    thing, cultivar = draft.name
    return f"{thing} '{cultivar}'" if draft.category.kind == "plant" else f"{label} {thing} {cultivar}".strip()


def _number(name: tuple[str, str], number: int, *, lettered: bool) -> str:
    """10093, or letters as HOBH10093: numbers of items are text."""
    letters = "".join(word[:2] for word in " ".join(name).replace("é", "E").split()).upper()[:6]
    return f"{letters.replace('.', '')}{number}" if lettered else str(number)


def _price(dollars: float) -> int:
    """Cents, ending in 9 as shops write it."""
    return max(round(dollars * 10) * 10 - 1, 99)


def _share_out(items: list[DemoItem], rng: np.random.Generator) -> None:
    """Give every item its stock, marks and share of the sales."""
    totals: dict[str, float] = {}
    for item in items:
        if rng.random() < _NEVER_SOLD:
            item.popularity = 0.0
        totals[item.code] = totals.get(item.code, 0.0) + item.popularity
        item.maintained_day = int(rng.integers(700))
        _set_marks(item, rng)
        _set_stock(item, rng)
    for item in items:
        if item.popularity:
            item.popularity *= item.category.sales / totals[item.code]
    # Most of the best sellers are marked already: somebody did so by hand.
    best = sorted(items, key=lambda item: -item.popularity * (item.price or 0))[: len(items) // 5]
    for item in best:
        item.always_online = "Y" if rng.random() < 0.7 else "N"


def _set_marks(item: DemoItem, rng: np.random.Generator) -> None:
    item.featured = "Y" if rng.random() < 0.01 else "N"
    place = int(rng.integers(1, 900))
    item.sort_order = (str(-place), "0", None)[int(rng.choice(3, p=(0.6, 0.25, 0.15)))]
    chance = rng.random()
    item.buffer = right_buffer(item) if chance < 0.8 else None if chance < 0.9 else int(rng.integers(6, 12))
    if not item.is_parent and item.tracks_stock:
        item.status = "D" if chance < 0.03 else "V" if 0.2 < chance < 0.29 else "A"


def _set_stock(item: DemoItem, rng: np.random.Generator) -> None:
    """Active items have at least five, inactive ones nothing; services and parent rows have no stock of their own."""
    if item.is_parent or not item.tracks_stock:
        return
    units = 500 + 100 * int(rng.lognormal(2.6, 0.9)) + (50 if item.by_the_yard else 0) if item.status == "A" else 0
    in_yard = units // 200 * 100 if rng.random() < _IN_YARD else 0
    item.available = {MAIN: units - in_yard} | ({YARD: in_yard} if in_yard else {})
    item.committed = 100 * int(rng.integers(1, 3)) if rng.random() < 0.08 else 0
    item.on_order = 1200 if rng.random() < 0.1 else 0
