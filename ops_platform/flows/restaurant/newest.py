"""Which event of an order counts, where several come together: the newest one, and what becomes of the others.

What belongs here: comparing events with each other. What does not: comparing them with what is stored, which are the
same rules as statements (sql/restaurant/judge_orders.sql). A replayed, reordered or doubled part of a stream must end
in the same tables, so both sides have to agree; the replay test holds them together.

- The same stream_id or event_id: the same event, which changes nothing.
- Else the higher stream_id is newer where both have one, else the later occurred_at, else what comes later.
- An event without ids of its own takes over those of the event it replaces.

An order is known by restaurant, business date and number. PetPooja's numbers start again, so a number alone says
nothing. An aggregate_id that is more than the number itself is the order's identity in the stream, and lets an order
move to another day. Where the stream merely repeats the number, as the shop's own does, last month's order of that
number must not be taken for this one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from ops_platform.restaurant.rows import OrderBatch, OrderRow

Lost = Literal["duplicate", "repeated", "superseded"]
_IDS: Final = ("stream_id", "event_id", "aggregate_id", "occurred_at")
_NO_CONTENT: Final = frozenset({"order_no", "place", "restaurant_name", "raw", *_IDS})
_CONTENT: Final = tuple(place for place, name in enumerate(OrderRow._fields) if name not in _NO_CONTENT)


class Taken(NamedTuple):
    """An event whose id (column) belongs to another order of the same batch."""

    order: OrderRow
    column: str
    other: OrderRow


@dataclass
class Newest:
    """kept: one event an order, in the order they came. lost: order_no -> what became of the others.

    duplicate: says nothing new. repeated: a later event says the same again. superseded: a later one says otherwise.
    """

    kept: list[OrderRow] = field(default_factory=list)
    lost: dict[int, Lost] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)


def has_chain(order: OrderRow) -> bool:
    """Whether the event's aggregate_id says more than the order's number, which is used again."""
    return order.aggregate_id is not None and order.aggregate_id != str(order.petpooja_order_id)


def newest_events(batch: OrderBatch) -> Newest:
    """Choose one event an order from the orders of a batch."""
    found = Newest()
    content = _Content(batch)
    slots: dict[int, OrderRow] = {}
    by_key: dict[Hashable, int] = {}
    by_id: dict[Hashable, int] = {}
    for order in batch.orders:
        slot = next((by_key[key] for key in _keys(order) if key in by_key), order.order_no)
        clash = next((one for one in _ids(order) if by_id.get(one, slot) != slot), None)
        if clash is not None:
            found.taken.append(Taken(order, str(clash[0]), slots[by_id[clash]]))
            continue
        for key in _keys(order):
            by_key[key] = slot
        for one in _ids(order):
            by_id[one] = slot
        slots[slot] = order if slot not in slots else _newer(slots[slot], order, content, found.lost)
    found.kept = [slots[slot] for slot in sorted(slots)]
    return found


def _keys(order: OrderRow) -> Iterator[Hashable]:
    yield order.petpooja_restid, order.business_date, order.petpooja_order_id
    # The same bill under another start of the operating day.
    yield order.petpooja_restid, order.created_on, order.petpooja_order_id
    if has_chain(order):
        yield order.petpooja_restid, order.aggregate_id


def _ids(order: OrderRow) -> Iterator[tuple[str, Hashable]]:
    if order.stream_id is not None:
        yield "stream_id", order.stream_id
    if order.event_id is not None:
        yield "event_id", order.event_id


def _newer(old: OrderRow, new: OrderRow, content: _Content, lost: dict[int, Lost]) -> OrderRow:
    """Return the one that counts; the other one is noted as lost."""
    says_the_same = _is_same(old, new)
    if not says_the_same and not _is_newer(old, new):
        lost[new.order_no] = "superseded"
        return old
    says_the_same = says_the_same or content.of(old) == content.of(new)
    if says_the_same and not _goes_on(old, new):
        lost[new.order_no] = "duplicate"
        return old
    lost[old.order_no] = "repeated" if says_the_same else "superseded"
    return new._replace(**{name: getattr(old, name) for name in _IDS if getattr(new, name) is None})


def _is_same(old: OrderRow, new: OrderRow) -> bool:
    return any(getattr(new, name) is not None and getattr(new, name) == getattr(old, name) for name in _IDS[:2])


def _is_newer(old: OrderRow, new: OrderRow) -> bool:
    if old.stream_id is not None and new.stream_id is not None:
        return new.stream_id > old.stream_id
    if old.occurred_at is not None and new.occurred_at is not None and old.occurred_at != new.occurred_at:
        return new.occurred_at > old.occurred_at
    return True


def _goes_on(old: OrderRow, new: OrderRow) -> bool:
    """Whether the new event is further on: what sql/restaurant/advance_orders.sql asks of a stored order."""
    if old.stream_id is None and new.stream_id is None:
        return new.occurred_at is not None and (old.occurred_at is None or new.occurred_at > old.occurred_at)
    return new.stream_id is not None and (old.stream_id is None or new.stream_id > old.stream_id)


class _Content:
    """What events say apart from who they are; put together only when two of one order have to be compared."""

    def __init__(self, batch: OrderBatch) -> None:
        self._batch = batch
        self._lines: dict[int, list[Any]] | None = None

    def of(self, order: OrderRow) -> tuple[Any, ...]:
        if self._lines is None:
            self._lines = defaultdict(list)
            batch = self._batch
            for rows in (batch.items, batch.addons, batch.taxes, batch.discounts):
                for row in rows:
                    self._lines[row[0]].append((type(row), row[1:]))
        return (*(order[place] for place in _CONTENT), self._lines.get(order.order_no, []))
