"""One business day of the demo store: who came, what was sold, what will be brought back. Numbers only.

Belongs here: how a day is drawn from the seed and its own date, as arrays. Not here: the tables (demo_tickets), the
people (demo_customers), what can be sold (demo_items). A day never depends on the day before, so it is the same in
every demo that holds it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np

from ops_platform.retail.demo_catalogue import season_by_week
from ops_platform.retail.demo_item_tables import EPOCH
from ops_platform.retail.demo_items import Shelf

CASH, NOBODY = -1, -2
"""Customers of a ticket that are none: the walk-in customer, an empty cell."""
WITHOUT_ITEM: Final = -1
"""The item of a line whose number is no longer in IM_ITEM."""
FULL, PART, PART_THEN_REST = 1, 2, 3
LONGEST_TO_REFUND: Final = 30
TICKETS_A_DAY: Final = 70
NEW_CUSTOMERS_A_DAY: Final = 0.95

_WEEKDAYS: Final = (0.75, 0.78, 0.85, 0.95, 1.25, 1.55, 0.0)  # Monday first; nobody works on Sunday
_YEARLY_GROWTH: Final = 1.03
_SHARE_WALK_IN, _SHARE_NOBODY, _SHARE_TRADE = 0.58, 0.003, 0.05
_SHARE_WEB, _SHARE_EXCHANGED, _SHARE_REFUNDED, _SHARE_ORDERED = 0.2, 0.012, 0.012, 0.004
_OLD_NUMBER: Final = 0.002
_TICKETS, _PEOPLE = 11, 12


class People(NamedTuple):
    """Who may come: wholesale customers are the first, then those known before EPOCH; who joined since comes after.

    rate: how many join on a mean open day. joined: how many had joined before the day `first`, the next, and so on.
    """

    trade: int
    known: int
    rate: float
    first: date
    joined: np.ndarray

    def before(self, day: date) -> int:
        """How many joined before a day."""
        return int(self.joined[(day - self.first).days])


class Day(NamedTuple):
    """A drawn day. Tickets by place, money in cents, quantities in hundredths; draws are from 0 to 1.

    refund: 0, FULL, PART (its first line), PART_THEN_REST; lag: days to it. Lines: the ticket they are of, the place of
    their item, whether they are a return, an order (not yet a sale) or on discount.
    """

    day: date
    second: np.ndarray
    customer: np.ndarray
    on_web: np.ndarray
    rep: np.ndarray
    refund: np.ndarray
    lag: np.ndarray
    paying: np.ndarray
    splitting: np.ndarray
    ticket: np.ndarray
    item: np.ndarray
    quantity: np.ndarray
    discounted: np.ndarray
    returned: np.ndarray
    ordered: np.ndarray


def is_open(day: date) -> bool:
    """Closed on Sunday, at Christmas and New Year."""
    return _WEEKDAYS[day.weekday()] > 0 and (day.month, day.day) not in {(12, 25), (1, 1)}


def next_open(day: date) -> date:
    """The day itself, or the first open one after it."""
    while not is_open(day):
        day += timedelta(days=1)
    return day


def days_between(first: date, until: date) -> Iterator[date]:
    """The open days from `first` to the day before `until`."""
    for number in range((until - first).days):
        if is_open(day := first + timedelta(days=number)):
            yield day


def people_until(until: date, *, customers: int, seed: int) -> People:
    """The customers of a store that has about so many after six years, those who joined counted until a day."""
    known = customers * 3 // 5
    rate = NEW_CUSTOMERS_A_DAY * customers / 5_000
    days = [EPOCH + timedelta(days=number) for number in range((until - EPOCH).days)]
    joining = [joined_on(day, rate, seed) for day in days]
    return People(max(1, known // 25), known, rate, EPOCH, np.concatenate([[0], np.cumsum(joining, dtype=np.int64)]))


def joined_on(day: date, rate: float, seed: int) -> int:
    """How many customers joined on a day."""
    return int(np.random.default_rng([seed, _PEOPLE, day.toordinal()]).poisson(rate)) if is_open(day) else 0


class Drawer:
    """Draws days of one store."""

    def __init__(self, shelf: Shelf, people: People, *, scale: float, seed: int) -> None:
        self._shelf, self._people, self._seed = shelf, people, seed
        season = season_by_week()[shelf.category]  # item, week
        self._sales = np.cumsum(shelf.popularity[:, None] * season, axis=0).T  # week, item
        self._tickets = TICKETS_A_DAY * scale * self._sales[:, -1] / self._sales[:, -1].mean()

    def draw(self, day: date) -> Day:
        """A day's tickets and lines."""
        rng = np.random.default_rng([self._seed, _TICKETS, day.toordinal()])
        week = (day.timetuple().tm_yday - 1) // 7
        growth = _YEARLY_GROWTH ** ((day - EPOCH).days / 365)
        mean = self._tickets[week] * _WEEKDAYS[day.weekday()] * growth
        # The day's own mood, by the weather: without it every Tuesday of a month would be alike.
        count = int(rng.poisson(mean * rng.uniform(0.75, 1.25)))
        joined = self._people.before(day)
        new = int(self._people.joined[(day - self._people.first).days + 1]) - joined
        count = max(count, new, 1)
        customer = self._customers(rng, count, joined, new)
        on_web = (rng.random(count) < _SHARE_WEB) & (customer >= self._people.trade)
        on_web[:new] = rng.random(new) < 0.4  # who orders on the web gives a name; many customers begin there
        trade = (customer >= 0) & (customer < self._people.trade)
        lines = 1 + rng.poisson(np.where(trade, 5.0, 1.7))
        ticket = np.repeat(np.arange(count), lines)
        sales = self._sales[week]
        # Before the rounding of the sum could name an item that is never sold: the last one that is.
        item = np.searchsorted(sales, rng.random(len(ticket)) * sales[-1] * (1 - 1e-12), side="right")
        return Day(
            day=day,
            second=np.sort(rng.integers(8 * 3600 + 1800, 17 * 3600 + 1800, count)),
            customer=customer,
            on_web=on_web,
            rep=rng.integers(0, 6, count),
            refund=_refunds(rng, on_web, np.arange(count) < new),
            lag=rng.integers(1, LONGEST_TO_REFUND - 5, count),
            paying=rng.random(count),
            splitting=rng.random(count),
            ticket=ticket,
            item=np.where(rng.random(len(ticket)) < _OLD_NUMBER, WITHOUT_ITEM, item),
            quantity=self._quantities(rng, item, trade[ticket]),
            discounted=rng.random(len(ticket)) < 0.06,
            returned=(rng.random(len(ticket)) < _SHARE_EXCHANGED) & ~on_web[ticket],
            ordered=rng.random(len(ticket)) < _SHARE_ORDERED,
        )

    def _customers(self, rng: np.random.Generator, count: int, joined: int, new: int) -> np.ndarray:
        """Who bought: first those who come for the first time, then walk-ins, wholesale and regular customers."""
        people = self._people
        regular = people.trade + ((people.known - people.trade) * rng.random(count) ** 2).astype(np.int64)
        back = rng.exponential(80, count).astype(np.int64)  # counted from who joined last
        lately = (rng.random(count) < 0.3) & (back < joined)
        known = np.where(lately, people.known + joined - 1 - back, regular)
        chance = rng.random(count)
        of_trade = rng.integers(0, people.trade, count)
        edges = np.cumsum([_SHARE_WALK_IN, _SHARE_NOBODY, _SHARE_TRADE])
        chosen = np.select([chance < edges[0], chance < edges[1], chance < edges[2]], [CASH, NOBODY, of_trade], known)
        chosen[:new] = people.known + joined + np.arange(new)
        return chosen

    def _quantities(self, rng: np.random.Generator, item: np.ndarray, trade: np.ndarray) -> np.ndarray:
        """Pieces in hundredths; what is sold by the yard comes in halves."""
        pieces = np.minimum(rng.geometric(np.where(trade, 0.12, 0.6)), 60)
        halves = rng.integers(1, 9, len(item)) * 50
        return np.where(self._shelf.by_the_yard[item], halves, pieces * 100)


def _refunds(rng: np.random.Generator, on_web: np.ndarray, first_time: np.ndarray) -> np.ndarray:
    """Which tickets come back: most often the first order on the web, of who thought that plants are shipped."""
    chance = np.where(on_web & first_time, 0.1, _SHARE_REFUNDED)
    kind = rng.choice([FULL, PART, PART_THEN_REST], size=len(on_web), p=[0.7, 0.25, 0.05])
    return np.where(rng.random(len(on_web)) < chance, kind, 0)


@functools.lru_cache(maxsize=4096)
def open_days_later(day: date, lag: int) -> date:
    """The open day on which something is brought back after so many days."""
    return next_open(day + timedelta(days=lag))


def flat(days: Sequence[Day], name: str) -> np.ndarray:
    """One of the arrays of all days behind each other."""
    return np.concatenate([getattr(day, name) for day in days])


def round_half_up(amount: np.ndarray, divisor: int) -> np.ndarray:
    """Whole numbers divided and rounded, halves away from zero; amounts are not negative."""
    return (2 * amount + divisor) // (2 * divisor)


def whole_units(hundredths: int) -> int:
    """Hundredths of a piece as pieces, halves up, at least 0."""
    return max(math.floor((hundredths + 50) / 100), 0)
