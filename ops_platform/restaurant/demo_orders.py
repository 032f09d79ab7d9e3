"""One invented order: where it comes from, what is in the basket, what is taken off.

Belongs here: channels, baskets, discounts, and their shares. Not here: the arithmetic of the bill and how it is written
(demo_bills), how many orders a day has and what is wrong with some (demo_days). Money is whole paise.
"""

from __future__ import annotations

import functools
import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Final, Generic, NamedTuple, TypeVar

from ops_platform.restaurant.demo_names import WAYS, DemoAddon, DemoName, Side, Way, demo_addons, demo_names

CUSTOMERS: Final = 900
T = TypeVar("T")


class Channel(NamedTuple):
    """Where an order comes from. share: of the orders; packaging: paise a line; discounted: share with a discount."""

    order_from: str
    order_type: str
    side: Side
    share: float
    packaging: int
    delivery: int
    discounted: float


CHANNELS: Final = (
    Channel("Zomato", "Delivery", "aggregator", 46, 2000, 0, 0.56),
    Channel("Swiggy", "Delivery", "aggregator", 19, 1500, 0, 0.52),
    Channel("POS", "Dine In", "counter", 26, 0, 0, 0.22),
    Channel("POS", "Pick Up", "counter", 6, 500, 0, 0.20),
    Channel("Home Website", "Delivery", "counter", 3, 2000, 4900, 0.30),
)
# Of 100 lines of a side, how many are to be found which way; with the channels' shares: 35, 50, 6, 5, 4 of all lines.
_WAYS: Final[dict[Side, tuple[float, ...]]] = {"counter": (68, 26, 2.5, 2, 1.5), "aggregator": (16.5, 63, 8, 7, 5.5)}
_MARK_UP: Final[dict[Side, int]] = {"counter": 100, "aggregator": 110}  # per cent of the menu's price
_BASKET: Final = ((1, 54), (2, 28), (3, 10), (4, 5), (5, 3))
_QUANTITIES: Final = ((1, 88), (2, 9), (3, 2), (4, 1))
_ADDON_SHARE: Final = {"JUNIOR_SCOOP_60GMS": 0.75, "REGULAR_SCOOP_120GMS": 0.75}
_FIXED_DISCOUNTS: Final = ((4000, 4), (5000, 5), (7500, 2), (10000, 3))
_PER_CENT: Final = ((10, 5), (15, 2), (20, 2), (50, 1))
_NOTES: Final = (
    ("", 94),
    ("Less sweet please", 2),
    ("Pack separately", 2),
    ("Write Happy Birthday", 1),
    ("No nuts!", 1),
)
_PAYMENTS: Final = (("Cash", 30), ("Card", 25), ("UPI", 40), ("Due Payment", 5))


class Bag(Generic[T]):
    """Things to draw from by weight: one random number a draw, so that one draw never shifts another."""

    def __init__(self, things: Sequence[tuple[T, float]]) -> None:
        self._things = [thing for thing, _ in things]
        self._edges = list(accumulate(weight for _, weight in things))

    def draw(self, rng: random.Random) -> T:
        """Return one of the things."""
        return self._things[min(bisect(self._edges, rng.random() * self._edges[-1]), len(self._things) - 1)]


@dataclass(slots=True)
class Line:
    """A line of a bill. price: paise for one, with what is added to it; surcharge: paise that no price explains."""

    sold: DemoName
    quantity: int
    price: int
    addons: tuple[DemoAddon, ...]
    note: str = ""
    surcharge: int = 0

    @property
    def total(self) -> int:
        """Paise of the line as the bill says."""
        return self.quantity * self.price + self.surcharge


@dataclass(slots=True)
class Order:
    """An order before it is written. fixed: discount in paise, per_cent: of the core total; at most one is not 0."""

    order_id: int
    created_on: datetime
    channel: Channel
    lines: list[Line]
    customer: int | None
    payment: str
    status: str = "Success"
    fixed: int = 0
    per_cent: int = 0
    persons: int = 0

    def complimentary(self) -> None:
        """Make it a present of the house: nothing on the bill costs anything."""
        self.status, self.fixed, self.per_cent, self.persons = "Complimentary", 0, 0, 0
        for line in self.lines:
            line.price, line.addons = 0, ()


def draw_order(rng: random.Random, order_id: int, created_on: datetime, *, least_lines: int = 1) -> Order:
    """An order of that time; every draw comes from `rng`."""
    bags = _bags()
    channel = bags.channels.draw(rng)
    lines = [_line(rng, channel.side) for _ in range(max(least_lines, bags.basket.draw(rng)))]
    order = Order(order_id, created_on, channel, lines, _customer(rng, channel), _payment(rng, channel))
    order.persons = rng.randint(1, 7) if channel.order_type == "Dine In" else 0
    if rng.random() < channel.discounted:
        core = sum(line.total for line in lines)
        if channel.side == "aggregator" and rng.random() < 0.6 and core >= 30000:
            order.fixed = bags.fixed.draw(rng)
        else:
            order.per_cent = bags.per_cent.draw(rng)
    return order


class _Bags(NamedTuple):
    """Everything orders are drawn from."""

    channels: Bag[Channel]
    basket: Bag[int]
    quantities: Bag[int]
    fixed: Bag[int]
    per_cent: Bag[int]
    notes: Bag[str]
    payments: Bag[str]
    ways: dict[Side, Bag[Way]]
    names: dict[tuple[Side, Way], Bag[DemoName]]
    addons: Bag[DemoAddon]


@functools.cache
def _bags() -> _Bags:
    by_way: dict[tuple[Side, Way], list[tuple[DemoName, float]]] = {}
    for name in demo_names():
        by_way.setdefault((name.side, name.way), []).append((name, name.weight))
    return _Bags(
        channels=Bag([(channel, channel.share) for channel in CHANNELS]),
        basket=Bag(_BASKET),
        quantities=Bag(_QUANTITIES),
        fixed=Bag(_FIXED_DISCOUNTS),
        per_cent=Bag(_PER_CENT),
        notes=Bag(_NOTES),
        payments=Bag(_PAYMENTS),
        ways={side: Bag(list(zip(WAYS, shares, strict=True))) for side, shares in _WAYS.items()},
        names={key: Bag(names) for key, names in by_way.items()},
        addons=Bag([(addon, addon.weight) for addon in demo_addons()]),
    )


def _line(rng: random.Random, side: Side) -> Line:
    bags = _bags()
    sold = bags.names[side, bags.ways[side].draw(rng)].draw(rng)
    wanted = rng.random() < _ADDON_SHARE.get(sold.variant, 0.16 if sold.type == "Ice Cream" else 0.02)
    addons = tuple(bags.addons.draw(rng) for _ in range(1 + (rng.random() < 0.12))) if wanted else ()
    price = int(sold.price) * _MARK_UP[side] + sum(addon.price for addon in addons) * 100
    return Line(sold, bags.quantities.draw(rng), price, addons, bags.notes.draw(rng))


def _customer(rng: random.Random, channel: Channel) -> int | None:
    known = rng.random() < (0.25 if channel.order_from == "POS" else 1.0)
    return int(CUSTOMERS * rng.random() ** 2) if known else None


def _payment(rng: random.Random, channel: Channel) -> str:
    return _bags().payments.draw(rng) if channel.order_from == "POS" else "Online"
