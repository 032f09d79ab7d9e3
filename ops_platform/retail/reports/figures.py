"""Sums over periods out of daily sums, and how they compare. Money is Decimal, exact to the cent.

What belongs here: adding up and comparing. What does not: which periods (periods.py) and how they are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ops_platform.retail.windows import Window

if TYPE_CHECKING:
    import pandas as pd

_SHARE_PLACES = Decimal("0.0001")


class Totals(NamedTuple):
    """What was sold, what it had cost, on how many tickets."""

    revenue: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    tickets: int = 0

    def plus(self, other: Totals) -> Totals:
        """Both together."""
        return Totals(self.revenue + other.revenue, self.cost + other.cost, self.tickets + other.tickets)


class Sale(NamedTuple):
    """A row of daily sums (needs.DAILY_SALES)."""

    store: str | None
    segment: str | None
    totals: Totals


class DailyFigures:
    """Daily sums that any number of periods are added up from. first: the first day there is a ticket of."""

    def __init__(self, daily_sales: pd.DataFrame, first: date | None) -> None:
        self.first = first
        self._of_day: dict[date, list[Sale]] = {}
        for day, store, segment, *sums in daily_sales.itertuples(index=False, name=None):
            self._of_day.setdefault(day, []).append(Sale(store, segment, Totals(*sums)))

    def is_known(self, window: Window) -> bool:
        """Whether the history reaches into a period at all."""
        return self.first is not None and window.end >= self.first

    def is_partly_known(self, window: Window) -> bool:
        """Whether the history begins within a period, so that its first days count as nothing."""
        return self.first is not None and window.start < self.first <= window.end

    def total(self, window: Window) -> Totals | None:
        """Everything sold in a period; None when it is before the history."""
        return added(sale.totals for sale in self._within(window)) if self.is_known(window) else None

    def by_store(self, window: Window) -> dict[str | None, Totals]:
        """What was sold in a period by store; stores without a sale are not in it."""
        found: dict[str | None, Totals] = {}
        for sale in self._within(window):
            found[sale.store] = found.get(sale.store, Totals()).plus(sale.totals)
        return found

    def of_stores(self, window: Window, stores: Collection[str]) -> Totals | None:
        """What was sold in a period in some stores."""
        if not self.is_known(window):
            return None
        return added(sale.totals for sale in self._within(window) if sale.store in stores)

    def of_segments(self, window: Window, segments: Collection[str]) -> Totals | None:
        """What was sold in a period to customers of some categories."""
        if not self.is_known(window):
            return None
        return added(sale.totals for sale in self._within(window) if sale.segment in segments)

    def _within(self, window: Window) -> Iterator[Sale]:
        for number in range((window.end - window.start).days + 1):
            yield from self._of_day.get(window.start + timedelta(days=number), ())


def daily_figures(daily_sales: pd.DataFrame, history_start: pd.DataFrame) -> DailyFigures:
    """The figures of two inputs (needs.DAILY_SALES, needs.HISTORY_START)."""
    days = history_start["day"].tolist()
    return DailyFigures(daily_sales, days[0] if days else None)


def added(parts: Iterable[Totals]) -> Totals:
    """All of them together."""
    total = Totals()
    for part in parts:
        total = total.plus(part)
    return total


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """How much more than before, as a share of it; None when there is nothing (or less) to have a share of."""
    if now is None or before is None or before <= 0:
        return None
    return ((now - before) / before).quantize(_SHARE_PLACES)


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part of a whole, as a share; None of nothing."""
    return (part / whole).quantize(_SHARE_PLACES) if whole > 0 else None
