"""One day of the demo's feed: its events in the order of their stream ids, and what was put in on purpose.

Belongs here: how many orders a day has and when, later events of an order, and what is wrong with some. Not here:
single orders (demo_orders, demo_bills), several days (demo_data).

A day is made from the seed and its own date alone, so it is the same in every demo that holds it. How many stream ids
it takes is decided first and without its orders (`plan_day`); so the ids of a day are known from counting the days
before, and every id that is missing was lost on purpose.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from ops_platform.restaurant.demo_bills import properties
from ops_platform.restaurant.demo_orders import Bag, Order, draw_order

# Thursday's share of a mean day is 0.9; Monday first.
_WEEKDAYS: Final = (0.78, 0.80, 0.85, 0.90, 1.10, 1.30, 1.27)
_ORDERS_A_DAY: Final = 91.7
_HOURS: Final = Bag(
    list(zip(range(11, 26), (2, 4, 5, 4, 4, 5, 6, 7, 9, 12, 14, 13, 9, 2.5, 0.5), strict=True))  # 24: after midnight
)
_BEHIND_UTC: Final = timedelta(hours=5, minutes=30)
_CANCELLED, _COMPLIMENTARY = 0.015, 0.007

# What is planted on which days: day numbers that leave this rest when divided by the period.
_ROTA: Final[dict[str, tuple[int, int]]] = {
    "created_on": (30, 2),
    "orderID": (30, 11),
    "total": (30, 20),
    "quantity": (15, 4),
    "price": (15, 9),
    "quantity_unusual": (10, 6),
    "line_total_differs": (15, 1),
    "price_not_positive": (20, 13),
    "total_formula_differs": (30, 17),
    "unknown_status": (30, 25),
    "copy": (10, 8),
    "lost": (30, 22),
}
REJECTED_ORDERS: Final = ("created_on", "orderID", "total")
REJECTED_LINES: Final = ("quantity", "price")
_OF_THE_STREAM: Final = ("copy", "lost")
_LOST_IN_A_ROW: Final = 2


class DayPlan(NamedTuple):
    """What is fixed before a day's orders are drawn. events: stream ids the day takes; planted: keys of the rota."""

    orders: int
    changes: int
    planted: tuple[str, ...]

    @property
    def events(self) -> int:
        """Stream ids the day takes, lost ones too."""
        return self.orders + self.changes


class DemoDay(NamedTuple):
    """A day of the feed. counts: what was put in, by (group, what), see demo_data.DemoDirt; lost: ids never sent."""

    day: date
    events: list[dict[str, Any]]
    counts: Counter[tuple[str, str]]
    lost: list[int]


@dataclass(frozen=True, slots=True)
class _Event:
    """An order at a moment. defect: a key of the rota; changes: a later event of its order; changed: it has one."""

    occurred_at: datetime  # naive, the shop's clock
    order: Order
    defect: str | None = None
    changes: bool = False
    changed: bool = False


def plan_day(day: date, seed: int) -> DayPlan:
    """What a day will hold; cheap, because the ids of a day are counted from the plans of all days before."""
    rng = _rng(day, seed, "plan")
    orders = round(_ORDERS_A_DAY * _WEEKDAYS[day.weekday()] * rng.uniform(0.88, 1.12))
    number = day.toordinal()
    planted = tuple(key for key, (period, rest) in _ROTA.items() if number % period == rest)
    return DayPlan(orders, int(2.6 * rng.random()), planted)


def make_day(day: date, seed: int, *, first_stream_id: int, first_order_id: int) -> DemoDay:
    """The events of a business day, by occurred_at and stream id; a copy stands right behind its original."""
    plan = plan_day(day, seed)
    rng = _rng(day, seed, "orders")
    events = _drawn(rng, day, plan, first_order_id)
    made = DemoDay(day, [], Counter(), [])
    lost = _place_of_plain(rng, events, _LOST_IN_A_ROW) if "lost" in plan.planted else len(events)
    copied = _place_of_plain(rng, events[:lost], 1) if "copy" in plan.planted else None
    for place, event in enumerate(events):
        stream_id = first_stream_id + place
        if lost <= place < lost + _LOST_IN_A_ROW:
            made.lost.append(stream_id)
            continue
        for _ in range(1 + (place == copied)):
            made.events.append(_envelope(event, stream_id, seed))
        made.counts["stream", "copies"] += place == copied
        _count(made.counts, event, day)
    return made


def _rng(day: date, seed: int, purpose: str) -> random.Random:
    return random.Random(f"{seed} {day.isoformat()} {purpose}")  # noqa: S311 - invented data, no secret


def _drawn(rng: random.Random, day: date, plan: DayPlan, first_order_id: int) -> list[_Event]:
    """All events of the day, by the moment they occurred at."""
    noon = datetime.combine(day, time())
    moments = sorted(int(_HOURS.draw(rng) * 3600 + rng.random() * 3600) for _ in range(plan.orders))
    defects = [key for key in plan.planted if key not in _OF_THE_STREAM]
    special = rng.sample(range(plan.orders), len(defects) + plan.changes)
    with_defect = dict(zip(special, defects, strict=False))
    changed = set(special[len(defects) :])
    events = []
    for place, seconds in enumerate(moments):
        created_on = noon + timedelta(seconds=seconds)
        defect = with_defect.get(place)
        order = draw_order(rng, first_order_id + place, created_on, least_lines=2 if defect else 1)
        paid = created_on + timedelta(seconds=40 + 200 * rng.random())
        if place in changed:
            events.append(_Event(paid, order, changed=True))
            later = paid + timedelta(minutes=15 + 30 * rng.random())
            events.append(_Event(later, replace(order, status="Cancelled"), changes=True))
            continue
        if defect is None:
            _settle(order, rng.random())
        _BEFORE_WRITING.get(defect or "", _leave)(order)
        events.append(_Event(paid, order, defect))
    return sorted(events, key=lambda event: event.occurred_at)


def _settle(order: Order, chance: float) -> None:
    if chance < _CANCELLED:
        order.status = "Cancelled"
    elif chance < _CANCELLED + _COMPLIMENTARY:
        order.complimentary()


def _leave(order: Order) -> None:
    """Nothing is wrong with this one before it is written."""


def _quantity_unusual(order: Order) -> None:
    order.lines[0].quantity = 12


def _line_total_differs(order: Order) -> None:
    order.lines[0].surcharge = 100


def _price_not_positive(order: Order) -> None:
    order.lines[0].price, order.lines[0].addons = 0, ()


def _quantity_zero(order: Order) -> None:
    order.lines[-1].quantity = 0


def _unknown_status(order: Order) -> None:
    order.status = "Hold"


_BEFORE_WRITING: Final[dict[str, Callable[[Order], None]]] = {
    "quantity_unusual": _quantity_unusual,
    "line_total_differs": _line_total_differs,
    "price_not_positive": _price_not_positive,
    "quantity": _quantity_zero,
    "unknown_status": _unknown_status,
}


def _spoil(written: dict[str, Any], defect: str | None) -> None:
    """Put into the written order what no order can hold."""
    head = written["Order"]
    if defect == "created_on":
        head["created_on"] = f"{head['created_on'][:4]}-13-40 25:61:00"
    elif defect == "orderID":
        del head["orderID"]
    elif defect == "total":
        head["total"] = "see register"
    elif defect == "total_formula_differs":
        head["total"] += 10.0
    elif defect == "price":
        written["OrderItem"][-1]["price"] = "open price"


def _place_of_plain(rng: random.Random, events: list[_Event], run: int) -> int:
    """Where events begin that nothing else was done to, as many as `run` in a row."""
    plain = [not (event.defect or event.changes or event.changed) for event in events]
    return rng.choice([place for place in range(len(events) - run + 1) if all(plain[place : place + run])])


def _envelope(event: _Event, stream_id: int, seed: int) -> dict[str, Any]:
    written = properties(event.order)
    _spoil(written, event.defect)
    return {
        "stream_id": stream_id,
        "event_id": f"{seed % 16**8:08x}-0000-4000-8000-{stream_id:012d}",
        "aggregate_type": "order",
        "aggregate_id": str(event.order.order_id),
        "event_type": "orderdetails",
        "occurred_at": f"{(event.occurred_at - _BEHIND_UTC).isoformat(timespec='microseconds')}+00:00",
        "raw_event": {
            "source": "petpooja",
            "command_id": f"demo-{stream_id}",
            "raw_payload": {"event": "orderdetails", "token": "", "properties": written},
        },
    }


def _count(counts: Counter[tuple[str, str]], event: _Event, day: date) -> None:
    """Count what an importer must find; of a changed order its later event counts."""
    counts["stream", "events"] += 1
    order, defect = event.order, event.defect
    if event.changed:
        counts["stream", "changes"] += 1
        return
    if defect in REJECTED_ORDERS:
        counts["rejected_orders", defect] += 1
        return
    lines = order.lines
    if defect in REJECTED_LINES:
        counts["rejected_lines", defect] += 1
        counts["flags", "line_rejected"] += 1
        counts["flags", "items_differ_from_core_total"] += defect == "price"
        lines = lines[:-1]
    elif defect is not None:
        counts["flags", defect] += 1
    counts["stored", "orders"] += 1
    counts["stored", "after_midnight"] += order.created_on.date() > day
    counts["statuses", order.status] += 1
    for line in lines:
        counts["lines", line.sold.way] += 1
        for addon in line.addons:
            counts["addons", addon.way] += 1
