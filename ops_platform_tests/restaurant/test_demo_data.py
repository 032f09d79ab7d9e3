"""The demo's feed: the same days in every demo, ids without holes but the planted ones, facts that are true."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.demo_data import (
    EPOCH,
    DemoDirt,
    demo_days,
    demo_dirt,
    demo_events,
    demo_json_lines,
    dirt_of,
)
from ops_platform.restaurant.demo_names import demo_addons, demo_names
from ops_platform.restaurant.events import ReadPolicy, read_events
from ops_platform.restaurant.rows import OrderBatch
from ops_platform_tests.restaurant.test_demo_orders import LAST_DAY, sixty_days, written

SHOP_DAY = time(4)
INDIA = ZoneInfo("Asia/Kolkata")
WAY_OF_LINE = {(name.raw, name.petpooja_itemid): name.way for name in demo_names()}
WAY_OF_ADDON = {(addon.raw, addon.petpooja_addonid): addon.way for addon in demo_addons()}


def counted(events: Iterable[dict[str, Any]]) -> DemoDirt:
    """What the events themselves say, by the rules of the platform's specification and without its code."""
    by_id: dict[int, dict[str, Any]] = {}
    copies = 0
    for event in events:
        copies += by_id.get(event["stream_id"]) == event
        by_id[event["stream_id"]] = event
    last: dict[tuple[date, int], dict[str, Any]] = {}
    broken: Counter[str] = Counter()
    for event in by_id.values():
        bill = written(event)
        if reason := _unreadable(bill["Order"]):
            broken[reason] += 1
        else:
            last[_business_day(bill), bill["Order"]["orderID"]] = bill
    found = _Findings()
    for (day, _), bill in last.items():
        found.look_at(bill, day)
    return DemoDirt(
        events=len(by_id),
        copies=copies,
        changes=len(by_id) - sum(broken.values()) - len(last),
        orders=len(last),
        after_midnight=found.after_midnight,
        rejected_orders=_sorted(broken),
        rejected_lines=_sorted(found.rejected_lines),
        flags=_sorted(found.flags),
        statuses=_sorted(found.statuses),
        lines=_sorted(found.lines),
        addons=_sorted(found.addons),
        lost=tuple(sorted(set(range(min(by_id), max(by_id) + 1)) - set(by_id))),
    )


class _Findings:
    def __init__(self) -> None:
        self.after_midnight = 0
        self.rejected_lines, self.flags, self.statuses, self.lines, self.addons = (Counter[str]() for _ in range(5))

    def look_at(self, bill: dict[str, Any], day: date) -> None:
        head = bill["Order"]
        self.after_midnight += _time_of(bill).date() > day
        self.statuses[head["status"]] += 1
        self.flags["unknown_status"] += head["status"] not in {"Success", "Cancelled", "Complimentary"}
        parts = head["core_total"] + head["tax_total"] - head["discount_total"] + head["delivery_charges"]
        parts += head["packaging_charge"] + head["service_charge"] + Decimal(head["round_off"])
        self.flags["total_formula_differs"] += parts != head["total"]
        kept = [line for line in bill["OrderItem"] if self._is_readable(line)]
        self.flags["line_rejected"] += len(kept) < len(bill["OrderItem"])
        self.flags["items_differ_from_core_total"] += sum(line["total"] for line in kept) != head["core_total"]
        for line in kept:
            self.lines[WAY_OF_LINE[line["name"], line["itemid"]]] += 1
            self.addons.update(WAY_OF_ADDON[addon["name"], addon["addonid"]] for addon in line["addon"])
            self.flags["quantity_unusual"] += line["quantity"] > 10
            self.flags["price_not_positive"] += line["price"] == 0 and head["status"] != "Complimentary"
            self.flags["line_total_differs"] += line["quantity"] * line["price"] != line["total"]

    def _is_readable(self, line: dict[str, Any]) -> bool:
        self.rejected_lines["quantity"] += line["quantity"] <= 0
        self.rejected_lines["price"] += isinstance(line["price"], str)
        return line["quantity"] > 0 and not isinstance(line["price"], str)


def _unreadable(head: dict[str, Any]) -> str | None:
    if "orderID" not in head:
        return "orderID"
    if isinstance(head["total"], str):
        return "total"
    try:
        datetime.fromisoformat(head["created_on"])
    except ValueError:
        return "created_on"
    return None


def _time_of(bill: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(bill["Order"]["created_on"])


def _business_day(bill: dict[str, Any]) -> date:
    created = _time_of(bill)
    return created.date() - timedelta(days=created.time() < SHOP_DAY)


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return {what: count for what, count in sorted(counts.items()) if count}


def test_the_facts_are_what_the_events_say() -> None:
    assert counted(sixty_days()) == demo_dirt(last_day=LAST_DAY)


@settings(max_examples=12, deadline=None)
@given(st.dates(EPOCH + timedelta(days=40), date(2028, 12, 31)), st.integers(1, 12), st.integers(-3, 10**12))
def test_the_facts_of_any_days_are_what_their_events_say(last_day: date, days: int, seed: int) -> None:
    made = list(demo_days(last_day=last_day, days=days, seed=seed))
    events = (event for day in made for event in day.events)
    assert counted(json.loads(line, parse_float=Decimal) for line in demo_json_lines(events)) == dirt_of(made)


def test_sixty_days_hold_some_of_everything() -> None:
    dirt = demo_dirt(last_day=LAST_DAY)
    assert 5_300 < dirt.orders < 5_700
    assert dirt.orders == dirt.events - dirt.changes - sum(dirt.rejected_orders.values())
    assert dirt.rejected_orders == {"created_on": 2, "orderID": 2, "total": 2}
    assert dirt.rejected_lines == {"price": 4, "quantity": 4}
    assert dirt.copies == 6
    assert len(dirt.lost) == 4
    assert 30 < dirt.changes < 90
    assert dirt.after_midnight > 50
    assert set(dirt.statuses) == {"Success", "Cancelled", "Complimentary", "Hold"}


def test_lines_come_to_their_items_in_the_planned_shares() -> None:
    dirt = demo_dirt(last_day=LAST_DAY)
    shares = {way: 100 * count / sum(dirt.lines.values()) for way, count in dirt.lines.items()}
    assert shares == pytest.approx({"id": 35, "exact": 50, "fuzzy": 6, "review": 5, "none": 4}, abs=2.5)


def test_reading_the_events_finds_what_was_planted_and_nothing_else() -> None:
    as_of = datetime.combine(LAST_DAY + timedelta(days=2), time(), UTC)
    batch = read_events(enumerate(sixty_days(), 1), ReadPolicy(INDIA, SHOP_DAY, "none", None, as_of))
    dirt = demo_dirt(last_day=LAST_DAY)
    last = {(order.business_date, order.petpooja_order_id): order.order_no for order in batch.orders}
    assert _rows_of(batch, set(last.values())) == {
        "orders": dirt.orders,
        "items": sum(dirt.lines.values()),
        "addons": sum(dirt.addons.values()),
        "flags": dirt.flags,
        "rejects": {"order": sum(dirt.rejected_orders.values()), "order_item": sum(dirt.rejected_lines.values())},
    }


def _rows_of(batch: OrderBatch, stored: set[int]) -> dict[str, Any]:
    return {
        "orders": len(stored),
        "items": sum(item.order_no in stored for item in batch.items),
        "addons": sum(addon.order_no in stored for addon in batch.addons),
        "flags": _sorted(Counter(flag.code for flag in batch.flags if flag.order_no in stored)),
        "rejects": _sorted(Counter(reject.entity for reject in batch.rejects)),
    }


def test_the_same_seed_gives_the_same_text_in_a_process_with_other_hashes() -> None:
    code = (
        "import hashlib; from datetime import date\n"
        "from ops_platform.restaurant.demo_data import demo_events, demo_json_lines\n"
        "text = ''.join(demo_json_lines(demo_events(last_day=date(2026, 11, 20), days=9)))\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    text = "".join(demo_json_lines(demo_events(last_day=LAST_DAY, days=9)))
    assert result.stdout.strip() == hashlib.sha256(text.encode()).hexdigest()


def test_another_seed_gives_other_orders() -> None:
    here = [written(event)["OrderItem"] for event in demo_events(last_day=LAST_DAY, days=1)]
    there = [written(event)["OrderItem"] for event in demo_events(last_day=LAST_DAY, days=1, seed=7)]
    assert here != there


def test_a_demo_that_goes_on_tomorrow_only_adds_to_the_end() -> None:
    today = list(demo_events(last_day=LAST_DAY, days=5))
    tomorrow = list(demo_events(last_day=LAST_DAY + timedelta(days=1), days=6))
    assert tomorrow[: len(today)] == today
    assert len(tomorrow) > len(today)


def test_a_later_first_day_only_leaves_out_the_beginning() -> None:
    long = list(demo_events(last_day=LAST_DAY, days=33))  # over the first of a month
    short = list(demo_events(last_day=LAST_DAY, days=4))
    assert long[-len(short) :] == short


def test_until_leaves_out_what_had_not_occurred_yet() -> None:
    noon = datetime.combine(LAST_DAY, time(12), UTC)
    whole = list(demo_events(last_day=LAST_DAY, days=2))
    begun = list(demo_events(last_day=LAST_DAY, days=2, until=noon))
    assert whole[: len(begun)] == begun
    assert datetime.fromisoformat(begun[-1]["occurred_at"]) <= noon
    assert datetime.fromisoformat(whole[len(begun)]["occurred_at"]) > noon


def test_events_are_in_the_order_of_their_ids_and_of_their_moments() -> None:
    for key in ("stream_id", "occurred_at"):
        values = [event[key] for event in sixty_days()]
        assert values == sorted(values)


def test_ids_have_no_hole_but_the_planted_ones_which_come_in_pairs() -> None:
    ids = {event["stream_id"] for event in sixty_days()}
    lost = demo_dirt(last_day=LAST_DAY).lost
    assert set(range(min(ids), max(ids) + 1)) - ids == set(lost)
    assert [after - before for before, after in zip(lost[::2], lost[1::2], strict=True)] == [1, 1]


def test_stream_ids_count_from_the_epoch() -> None:
    assert next(demo_events(last_day=EPOCH, days=1))["stream_id"] == 1
    assert next(demo_events(last_day=EPOCH, days=1, first_stream_id=501))["stream_id"] == 501
    moved = [event["stream_id"] - 500 for event in demo_events(last_day=LAST_DAY, days=1, first_stream_id=501)]
    assert moved == [event["stream_id"] for event in demo_events(last_day=LAST_DAY, days=1)]


def test_a_copy_is_the_same_event_once_more_right_behind_it() -> None:
    pairs = zip(sixty_days(), sixty_days()[1:], strict=False)
    copies = [before for before, after in pairs if before["stream_id"] == after["stream_id"]]
    assert len(copies) == 6
    assert all(sixty_days().count(event) == 2 for event in copies)


def test_a_later_event_of_an_order_cancels_it_and_changes_nothing_else() -> None:
    first: dict[tuple[date, int], dict[str, Any]] = {}
    changed = 0
    for event in sixty_days():
        bill = written(event)
        if _unreadable(bill["Order"]):
            continue
        earlier = first.setdefault((_business_day(bill), bill["Order"]["orderID"]), event)
        if earlier["stream_id"] < event["stream_id"]:
            changed += 1
            assert written(earlier)["Order"]["status"] == "Success"
            assert bill == written(earlier) | {"Order": written(earlier)["Order"] | {"status": "Cancelled"}}
            assert event["event_id"] != earlier["event_id"]
    assert changed == demo_dirt(last_day=LAST_DAY).changes


def test_order_ids_restart_so_that_only_the_business_day_tells_orders_apart() -> None:
    bills = [written(event) for event in sixty_days() if not _unreadable(written(event)["Order"])]
    numbers = {bill["Order"]["orderID"] for bill in bills}
    keys = {(_business_day(bill), bill["Order"]["orderID"]) for bill in bills}
    assert len(keys) == demo_dirt(last_day=LAST_DAY).orders > 1.5 * len(numbers)
    firsts = {day for day, number in keys if number == 1}
    assert firsts == {date(2026, 10, 1), date(2026, 11, 1)}


def test_sums_of_single_days_are_the_facts_of_them_all() -> None:
    days = [dirt_of([day]) for day in demo_days(last_day=LAST_DAY, days=7)]
    whole = demo_dirt(last_day=LAST_DAY, days=7)
    assert sum(day.orders for day in days) == whole.orders
    assert sum(sum(day.lines.values()) for day in days) == sum(whole.lines.values())


def test_lines_of_text_are_one_event_each() -> None:
    lines = list(demo_json_lines(demo_events(last_day=LAST_DAY, days=1)))
    assert all(line.endswith("}\n") and line.count("\n") == 1 for line in lines)
    assert [json.loads(line) for line in lines] == list(demo_events(last_day=LAST_DAY, days=1))


@pytest.mark.parametrize(("last_day", "days"), [(LAST_DAY, 0), (EPOCH, 2), (EPOCH - timedelta(days=1), 1)])
def test_no_days_and_days_before_the_epoch_are_refused(last_day: date, days: int) -> None:
    with pytest.raises(ValueError, match="not before 2024-01-01"):
        next(demo_events(last_day=last_day, days=days))
