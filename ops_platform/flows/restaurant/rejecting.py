"""Orders and lines that were refused: which order each belongs to, and when it is past.

What belongs here: telling that a refused event and a good one are of the same order. What does not: refusing
(restaurant/events.py), the statements (sql/restaurant).

The digest of a stored reject begins with the key of its order: restaurant, number, and the day on the bill, or where
that cannot be read, the day the event occurred on. A newer, good event of that order makes it past.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ops_platform.flows.restaurant.files import BadLine
from ops_platform.flows.restaurant.newest import Taken
from ops_platform.restaurant.business_day import read_time
from ops_platform.restaurant.fields import FieldError
from ops_platform.restaurant.payload import unwrap
from ops_platform.restaurant.privacy import rejectable
from ops_platform.restaurant.rows import OrderRow, RejectRow

KEY_LENGTH: Final = 16
STREAM_TAKEN: Final = "stream_id_taken"
_NOBODY: Final = "-" * KEY_LENGTH
_UNKNOWN: Final = "?"
_LINE_TODO: Final = "Correct the line and load the file again; what is loaded already is not loaded twice."
_TAKEN_TODO: Final = (
    "A feed gives an id once. If the feed was set up anew and counts from the beginning, it is another source: give it "
    "a database of its own, or ask the people who run it; the order itself is kept here."
)


class RefusedOrder(NamedTuple):
    """What can be told of a refused order. day: on the bill, or when the event occurred."""

    restid: str
    number: int | None
    day: date | None
    day_is_of_event: bool

    @property
    def key(self) -> str:
        """The key of the order; one that no order has when it cannot be told."""
        if self.number is None or self.day is None:
            return _NOBODY
        return _key(self.restid, self.number, self.day, self.day_is_of_event)


def refused_order(reject: RejectRow, zone: tzinfo) -> RefusedOrder:
    """Read what can be read of a refused order."""
    try:
        envelope, properties = unwrap(reject.raw)
    except FieldError:
        envelope, properties = reject.raw if isinstance(reject.raw, dict) else {}, {}
    order, restaurant = (_object(properties, name) for name in ("Order", "Restaurant"))
    restid = restaurant.get("restID")
    created_on = read_time(order.get("created_on"), zone)
    occurred_at = read_time(envelope.get("occurred_at"), UTC)
    day = created_on.astimezone(zone).date() if created_on else occurred_at.date() if occurred_at else None
    known = restid if isinstance(restid, str | int) and str(restid).strip() else _UNKNOWN
    return RefusedOrder(str(known).strip(), reject.petpooja_order_id, day, created_on is None)


def keys_of(restid: str, number: int, created_on: datetime, occurred_at: datetime | None, zone: tzinfo) -> list[str]:
    """The keys a refused event of an order may have, the order's own first."""
    own = _key(restid, number, created_on.astimezone(zone).date(), False)
    unsure = [_key(_UNKNOWN, number, created_on.astimezone(zone).date(), False)]
    if occurred_at is not None:
        unsure += [_key(name, number, occurred_at.astimezone(UTC).date(), True) for name in (restid, _UNKNOWN)]
    return [own, *unsure]


def own_key(order: OrderRow, zone: tzinfo) -> str:
    """The key of an order that could be read."""
    return _key(order.petpooja_restid, order.petpooja_order_id, order.created_on.astimezone(zone).date(), False)


def bad_line_reject(place: int, bad: BadLine) -> RejectRow:
    """A line of a file that is no JSON."""
    detail = f"column {bad.column:,}: {bad.problem}. {_LINE_TODO}"
    raw = {"length": bad.length, "shape": bad.shape}
    return RejectRow(None, place, "order", None, None, "json_syntax", None, detail, raw, bad.digest)


def taken_reject(order: OrderRow, column: str, other_number: int, other_day: date) -> RejectRow:
    """An order whose stream_id or event_id another order has."""
    detail = f"this {column} belongs to order {other_number} of {other_day} already. {_TAKEN_TODO}"
    told = json.dumps([column, order.stream_id, order.event_id, order.petpooja_restid, order.petpooja_order_id])
    return RejectRow(
        order_no=None,
        place=order.place,
        entity="order",
        stream_id=order.stream_id,
        petpooja_order_id=order.petpooja_order_id,
        code=f"{column}_taken",
        column_name=column,
        detail=detail,
        raw=rejectable(order.raw),
        digest=hashlib.sha256(f"{told} {order.created_on.isoformat()}".encode()).hexdigest(),
    )


def taken_in_batch(taken: Taken) -> RejectRow:
    """The same for two orders that came together."""
    return taken_reject(taken.order, taken.column, taken.other.petpooja_order_id, taken.other.business_date)


class OpenReject(NamedTuple):
    """A stored reject that is not past. is_line: of a line of an order that was taken without it."""

    reject_id: int
    petpooja_order_id: int
    digest: str
    stream_id: int | None
    is_line: bool


def past_rejects(
    good: Iterable[OrderRow],
    still: Mapping[int, set[str]],
    open_rejects: Iterable[OpenReject],
    zone: tzinfo,
    *,
    left: Mapping[int, Sequence[datetime]] = MappingProxyType({}),
) -> Iterator[int]:
    """Yield the ids of rejects that newer, good events make past.

    good: orders just loaded. still: order_no -> digests of what was refused of it this time. left: order_no -> times on
    the bills it had before, where that changed: lines refused of these states are past, whatever day it is at now.
    """
    by_key: dict[str, list[OpenReject]] = {}
    numbers = set()
    for reject in open_rejects:
        by_key.setdefault(reject.digest[:KEY_LENGTH], []).append(reject)
        numbers.add(reject.petpooja_order_id)
    for order in good:
        if order.petpooja_order_id not in numbers:
            continue  # nearly all of them, and a key takes a hash
        parts = (order.petpooja_restid, order.petpooja_order_id, order.created_on, order.occurred_at)
        meant = [reject for key in keys_of(*parts, zone) for reject in by_key.get(key, ())]
        for created_on in left.get(order.order_no, ()):
            key = _key(order.petpooja_restid, order.petpooja_order_id, created_on.astimezone(zone).date(), False)
            meant += [reject for reject in by_key.get(key, ()) if reject.is_line]
        for reject in meant:
            older = None in (reject.stream_id, order.stream_id) or reject.stream_id <= order.stream_id  # type: ignore[operator]
            if older and reject.digest not in still.get(order.order_no, ()):
                yield reject.reject_id


def _key(restid: str, number: int, day: date, day_is_of_event: bool) -> str:
    told = json.dumps([restid, number, day.isoformat(), day_is_of_event])
    return hashlib.sha256(told.encode()).hexdigest()[:KEY_LENGTH]


def _object(owner: dict[str, Any], key: str) -> dict[str, Any]:
    value = owner.get(key)
    return value if isinstance(value, dict) else {}
