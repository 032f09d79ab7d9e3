"""Best sellers: who sold most, in one order that never depends on the order of rows.

What belongs here: adding up sales and ordering them. What does not: which items take part and what a place is worth.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    import pandas as pd


Key = TypeVar("Key", bound=Hashable)


class Seller(NamedTuple, Generic[Key]):
    """What was sold of an item or a product, less what came back."""

    key: Key
    units: Decimal
    revenue: Decimal


def sold(sales: pd.DataFrame) -> Iterator[Seller[str]]:
    """The rows of a sales frame (snapshots.SALES), one an item."""
    rows = zip(sales["item_no"].tolist(), sales["units"].tolist(), sales["revenue"].tolist(), strict=True)
    return (Seller(*row) for row in rows)


def sold_together(sales: pd.DataFrame, group_of: Mapping[str, Key]) -> list[Seller[Key]]:
    """Sales added up by what `group_of` says of the item number; items it does not name are left out."""
    totals: dict[Key, tuple[Decimal, Decimal]] = {}
    for item_no, units, revenue in sold(sales):
        if (group := group_of.get(item_no)) is not None:
            before = totals.get(group, (Decimal(0), Decimal(0)))
            totals[group] = (before[0] + units, before[1] + revenue)
    return [Seller(group, *total) for group, total in totals.items()]


def best_sellers(
    sellers: Iterable[Seller[Key]],
    *,
    by: Literal["revenue", "quantity"] = "revenue",
    among: Container[Key] | None = None,
) -> list[Seller[Key]]:
    """Those of which something is left after returns, best first; equal ones by the other figure, then by key.

    by: which figure must be above zero and counts first. among: only these take part (None: all).
    """

    def places(seller: Seller[Key]) -> tuple[Decimal, Decimal, Any]:
        first, second = (seller.revenue, seller.units) if by == "revenue" else (seller.units, seller.revenue)
        return -first, -second, seller.key

    taking_part = (seller for seller in sellers if among is None or seller.key in among)
    return sorted((seller for seller in taking_part if places(seller)[0] < 0), key=places)
