"""The port through which orders come in, whoever sends them. Adapters fill it; flows read from it.

What belongs here: the shape of a page and the questions a source answers. What does not: how a source is asked
(adapters/petpooja.py) and what an order means (restaurant/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class OrderPage:
    """Some orders as the source wrote them, in its order.

    name: how logs and rejects name the page (`stream after 4500`, `2026-01-03`). events: parsed JSON values, numbers
    with a point as Decimal; what is no object is kept, so that it can be rejected with its place. cursor_before and
    cursor_after: the stream positions around it, None where a source has none. received_at: aware.
    """

    source: str
    name: str
    events: tuple[Any, ...]
    received_at: datetime
    cursor_before: int | None = None
    cursor_after: int | None = None


class OrderSourceError(Exception):
    """The source could not be read; the text says what to do. Nothing was lost: the cursor stays where it was."""


class OrderSource(Protocol):
    """Where orders come from. name: the key of ingest_state. has_days: `orders_of` can ask for a day again."""

    @property
    def name(self) -> str: ...

    @property
    def has_days(self) -> bool: ...

    def new_orders(self, *, after: int | None, today: date) -> Iterator[OrderPage]:
        """Yield what is new, page by page: a stream all after the cursor, a day API yesterday and today.

        Errors: OrderSourceError, also between pages; what was yielded before is good.
        """
        ...

    def orders_of(self, day: date) -> Iterator[OrderPage]:
        """Yield the orders of one day. Errors: OrderSourceError; NotImplementedError where has_days is False."""
        ...
