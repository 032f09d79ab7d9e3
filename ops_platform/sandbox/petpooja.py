"""PetPooja's stand-in: one shop's order events, shown by a stream (petpooja_stream.py) and by days (petpooja_api.py).

An event is there from its `occurred_at` on, so a sandbox that is given days ahead goes on selling.
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ops_platform.adapters.sandbox_address import PETPOOJA_KEYS, PETPOOJA_REST_ID, SANDBOX_KEY
from ops_platform.sandbox.service import Summary

_SHOWN: Final = 5


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class StreamEvent:
    """An event with its place in the stream. visible_at: its own time, or that of an earlier one if that is later."""

    stream_id: int
    visible_at: datetime
    event: dict[str, Any]


class PetpoojaSandbox:
    """The state. events: stream envelopes, each with an integer stream_id and an ISO 8601 occurred_at with its offset.

    api_key: of the stream. keys, rest_id: of the API. page: orders an answer of the API. clock: what now is.
    Raises ValueError for an event without place or time.
    """

    def __init__(
        self,
        events: Iterable[dict[str, Any]] = (),
        *,
        api_key: str = SANDBOX_KEY,
        rest_id: str = PETPOOJA_REST_ID,
        page: int = 50,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.api_key = api_key
        self.keys = PETPOOJA_KEYS
        self.rest_id = rest_id
        self.page = page
        self._clock = clock
        self._lock = threading.Lock()
        self._events: list[StreamEvent] = _in_order(map(_placed, events))

    def add(self, *events: dict[str, Any]) -> None:
        """Put events into the stream, each at its place. Raises ValueError as the constructor does."""
        with self._lock:
            self._events = _in_order([*self._events, *map(_placed, events)])

    @property
    def last_stream_id(self) -> int:
        """The highest place in the stream, visible yet or not; 0 when it is empty."""
        with self._lock:
            return self._events[-1].stream_id if self._events else 0

    def visible(self) -> list[StreamEvent]:
        """The events up to now, by stream_id."""
        now = self._clock()
        with self._lock:
            events = self._events
        return events[: bisect.bisect_right(events, now, key=lambda each: each.visible_at)]

    def summary(self) -> Summary:
        """For the index page: the newest orders, without their customers."""
        events = self.visible()
        facts: dict[str, str | int] = {"events": len(events), "still to come": len(self._events) - len(events)}
        if events:
            facts |= {"newest": f"{events[-1].visible_at:%Y-%m-%d %H:%M} UTC", "last stream_id": events[-1].stream_id}
        return Summary(
            facts, ("stream_id", "order", "from", "total"), [_row(each) for each in events[: -_SHOWN - 1 : -1]]
        )


def properties(event: dict[str, Any]) -> dict[str, Any]:
    """The order inside an event's envelope; {} for an event that holds none."""
    found: Any = event
    for name in ("raw_event", "raw_payload", "properties"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def head(order: dict[str, Any]) -> dict[str, Any]:
    """The part `Order` of an order; {} when it has none."""
    found = order.get("Order")
    return found if isinstance(found, dict) else {}


def _row(each: StreamEvent) -> tuple[str | int, ...]:
    order = head(properties(each.event))
    return (each.stream_id, *(str(order.get(name, "-")) for name in ("orderID", "order_from", "total")))


def _placed(event: dict[str, Any]) -> StreamEvent:
    place = event.get("stream_id")
    if not isinstance(place, int) or isinstance(place, bool):
        raise ValueError(f"an event of the stream has an integer stream_id, not {place!r}")
    at = datetime.fromisoformat(str(event.get("occurred_at")))
    if at.tzinfo is None:
        raise ValueError(f"event {place}: occurred_at {at} has no offset; write +00:00 behind it")
    return StreamEvent(place, at, event)


def _in_order(events: Iterable[StreamEvent]) -> list[StreamEvent]:
    """By place, none visible before an earlier one: a reader's cursor would pass that and never see it."""
    ordered: list[StreamEvent] = []
    for each in sorted(events, key=lambda each: each.stream_id):
        late = bool(ordered) and each.visible_at < ordered[-1].visible_at
        ordered.append(StreamEvent(each.stream_id, ordered[-1].visible_at, each.event) if late else each)
    return ordered
