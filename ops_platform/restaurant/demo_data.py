"""Demo orders: the feed of an invented ice-cream shop, made from a seed and the last day alone.

Belongs here: what a caller asks for, and the facts an import can be checked against. Not here: the menu (demo_menu),
names and their truth (demo_names), single orders (demo_orders, demo_bills), what happens on a day (demo_days). No
clock, environment or file is read. docs/demo_data.md says what is in the feed.

A day is the same in every demo of the same seed: stream ids are counted from EPOCH, order ids from the first of the
month. A demo that goes on tomorrow is today's with more at its end; a later first day only leaves out the beginning.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from ops_platform.restaurant.demo_days import DemoDay, make_day, plan_day

EPOCH: Final = date(2024, 1, 1)
SEED: Final = 2026


@dataclass(frozen=True, slots=True)
class DemoDirt:
    """What is in the events of some days on purpose; sums over the days.

    - events: envelopes, copies not counted; copies: events that come twice in a row, with the same stream_id.
    - orders: that must be stored, = events - changes - sum(rejected_orders.values()); changes: later events of an
      order that was stored before (Success became Cancelled); after_midnight: bills written on the day after theirs.
    - rejected_orders: by the field that cannot be read; rejected_lines: likewise, of orders that are stored.
    - flags: by code of quality.CODES.  statuses: orders by their last status.
    - lines, addons: stored ones by the way to their item (demo_names); lost: stream ids that were never sent.
    """

    events: int
    copies: int
    changes: int
    orders: int
    after_midnight: int
    rejected_orders: dict[str, int]
    rejected_lines: dict[str, int]
    flags: dict[str, int]
    statuses: dict[str, int]
    lines: dict[str, int]
    addons: dict[str, int]
    lost: tuple[int, ...]


def demo_days(*, last_day: date, days: int = 60, seed: int = SEED, first_stream_id: int = 1) -> Iterator[DemoDay]:
    """The business days up to `last_day`, each with its events and what is in them.

    first_stream_id: that of the first event on EPOCH. ValueError: days below 1, days before EPOCH.
    """
    first_day = last_day - timedelta(days=days - 1)
    if days < 1 or first_day < EPOCH:
        raise ValueError(
            f"demo orders are of one day or more, the first not before {EPOCH}; asked: {days} to {last_day}"
        )
    stream_id, order_id = first_stream_id, 1
    for number in range((last_day - EPOCH).days + 1):
        day = EPOCH + timedelta(days=number)
        if day.day == 1:
            order_id = 1
        if day >= first_day:
            yield make_day(day, seed, first_stream_id=stream_id, first_order_id=order_id)
        plan = plan_day(day, seed)
        stream_id += plan.events
        order_id += plan.orders


def demo_events(
    *,
    last_day: date,
    days: int = 60,
    seed: int = SEED,
    first_stream_id: int = 1,
    until: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """The feed of the days up to `last_day`: stream envelopes by stream_id, about 5,500 orders in 60 days.

    until: aware; events that occurred later are left out, so that a feed of today holds nothing from the future. The
    feed up to a later moment begins with the same events. Numbers are int and float, as json.loads reads them; a file
    or a feed of them is read with Decimal again. ValueError: as demo_days.
    """
    for day in demo_days(last_day=last_day, days=days, seed=seed, first_stream_id=first_stream_id):
        for event in day.events:
            if until is not None and datetime.fromisoformat(event["occurred_at"]) > until:
                return
            yield event


def demo_dirt(*, last_day: date, days: int = 60, seed: int = SEED, first_stream_id: int = 1) -> DemoDirt:
    """What demo_events of the same arguments, without `until`, holds on purpose. ValueError: as demo_days."""
    return dirt_of(demo_days(last_day=last_day, days=days, seed=seed, first_stream_id=first_stream_id))


def dirt_of(days: Iterable[DemoDay]) -> DemoDirt:
    """What these days hold on purpose, for who has made them already."""
    counts: Counter[tuple[str, str]] = Counter()
    lost: list[int] = []
    for day in days:
        counts.update(day.counts)
        lost += day.lost

    def group(name: str) -> dict[str, int]:
        return {what: count for (of, what), count in sorted(counts.items()) if of == name and count}

    return DemoDirt(
        events=counts["stream", "events"],
        copies=counts["stream", "copies"],
        changes=counts["stream", "changes"],
        orders=counts["stored", "orders"],
        after_midnight=counts["stored", "after_midnight"],
        rejected_orders=group("rejected_orders"),
        rejected_lines=group("rejected_lines"),
        flags=group("flags"),
        statuses=group("statuses"),
        lines=group("lines"),
        addons=group("addons"),
        lost=tuple(lost),
    )


def demo_json_lines(events: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The events as JSON Lines, UTF-8 once encoded: one text an event, with its line feed."""
    for event in events:
        yield f"{json.dumps(event, ensure_ascii=False, separators=(',', ':'))}\n"
