"""Fetching from a stream and from days: going on where the last fetch ended, holes, and everything a source may do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from ops_platform.adapters.database import Database
from ops_platform.adapters.petpooja_api import PetpoojaOrders
from ops_platform.adapters.petpooja_stream import OrderStream
from ops_platform.adapters.sandbox_address import PETPOOJA_KEYS, PETPOOJA_REST_ID, SANDBOX_KEY
from ops_platform.core.order_source import OrderPage, OrderSourceError
from ops_platform.flows.restaurant.fetching import (
    FetchReport,
    Gap,
    cursor_of,
    fetch_day,
    fetch_new,
    missing_stream_ids,
    reload_day,
)
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform.sandbox.petpooja_api import api_service
from ops_platform.sandbox.petpooja_stream import stream_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.settings import PetpoojaSettings, Settings
from ops_platform_tests.flows.restaurant.conftest import (
    NOON,
    NOW,
    TABLES,
    content,
    event,
    everything,
    load,
    page,
    put,
    rows,
    write_lines,
)
from ops_platform_tests.sandbox.parts import AT_ONCE

EVENTS = [event(100 + number, number) for number in range(1, 11)]
LOADS = "SELECT name, status, orders_read FROM order_loads ORDER BY load_id"


class Feed:
    """A stream over real HTTP, four events a page."""

    def __init__(self, state: PetpoojaSandbox, sandbox: Sandbox) -> None:
        self.state, self.sandbox = state, sandbox
        self.source = OrderStream(
            name="stream",
            url=f"{sandbox.url}/petpooja-stream/",
            api_key=SecretStr(SANDBOX_KEY),
            limit=4,
            pause_seconds=0.0,
            timeout_seconds=5.0,
            retry=AT_ONCE,
            clock=lambda: NOW,
        )

    def fault(self, kind: str, **options: Any) -> None:
        self.sandbox.faults.add("petpooja-stream", kind, **options)

    def asked(self) -> list[str]:
        return [entry.query.rpartition("=")[2] for entry in self.sandbox.log.entries()]


@pytest.fixture
def feed() -> Iterator[Feed]:
    state = PetpoojaSandbox(EVENTS)
    with running_sandbox([stream_service(state)]) as sandbox:
        yield Feed(state, sandbox)


def fetch(db: Database, shop: Settings, source: Any, **options: Any) -> FetchReport:
    return fetch_new(db, source, settings=shop, now=NOW, **options)


def test_a_fetch_loads_page_after_page_and_the_next_one_goes_on_from_there(
    db: Database, shop: Settings, feed: Feed
) -> None:
    steps: list[str] = []
    report = fetch(db, shop, feed.source, progress=steps.append)
    assert (report.cursor_before, report.cursor_after, report.count("orders_new")) == (None, 10, 10)
    assert [one.orders_new for one in report.pages] == [4, 4, 2] and report.complete
    assert steps == ["stream from the beginning: 4 orders", "stream after 4: 4 orders", "stream after 8: 2 orders"]
    feed.state.add(event(111, 11), event(101, 12, status="Cancelled"))
    again = fetch(db, shop, feed.source)
    assert (again.cursor_before, again.cursor_after) == (10, 12)
    assert (again.count("orders_new"), again.count("orders_updated"), again.count("orders_duplicate")) == (1, 1, 0)
    assert feed.asked() == ["0", "4", "8", "10"]


def test_a_fetch_without_news_writes_nothing_but_that_it_asked(db: Database, shop: Settings, feed: Feed) -> None:
    fetch(db, shop, feed.source)
    before, loads = everything(db), rows(db, LOADS)
    report = fetch_new(db, feed.source, settings=shop, now=NOW + timedelta(minutes=10))
    assert report.pages == [] and (everything(db), rows(db, LOADS)) == (before, loads)
    [(polled, cursor)] = rows(db, "SELECT last_polled_at, last_stream_id FROM ingest_state")
    assert (polled, cursor) == (NOW + timedelta(minutes=10), 10)


def test_a_fetch_may_be_cut_into_parts(db: Database, shop: Settings, feed: Feed) -> None:
    first = fetch(db, shop, feed.source, max_pages=1)
    assert (first.complete, first.cursor_after) == (False, 4)
    assert fetch(db, shop, feed.source).count("orders_new") == 6


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("status", {"status": 500}, "500"),
        ("status", {"status": 401}, "OPS_RESTAURANT__STREAM__API_KEY"),
        ("refuse", {}, "asks again"),
        ("html", {}, "JSON"),
        ("malformed_json", {}, "JSON"),
        ("short_body", {}, "asks again"),
        ("error_in_200", {}, "data"),
        ("cursor_loop", {}, "does not go on"),
    ],
)
def test_when_a_page_cannot_be_had_those_before_it_stay_and_the_next_fetch_asks_again(
    db: Database, shop: Settings, feed: Feed, kind: str, options: dict[str, Any], says: str
) -> None:
    feed.fault(kind, after=1, times=None, **options)
    with pytest.raises(OrderSourceError, match=says):
        fetch(db, shop, feed.source)
    assert cursor_of(db, feed.source) == 4
    assert rows(db, "SELECT count(*) FROM orders") == [(4,)]
    feed.sandbox.faults.switch_off()
    assert fetch(db, shop, feed.source).count("orders_new") == 6
    assert rows(db, "SELECT count(*) FROM orders") == [(10,)]


def test_repeated_pages_change_nothing(db: Database, shop: Settings, feed: Feed) -> None:
    feed.fault("page_repeated", after=1, times=1)
    report = fetch(db, shop, feed.source)
    assert report.count("orders_new") == 10 and report.count("orders_duplicate") > 0
    assert rows(db, "SELECT count(*), max(updated_at) = max(created_at) FROM orders") == [(10, True)]


def test_a_hole_is_told_asked_for_again_and_filled(db: Database, shop: Settings, feed: Feed) -> None:
    feed.state = state = PetpoojaSandbox([one for one in EVENTS if one["stream_id"] not in (3, 6, 7)])
    with running_sandbox([stream_service(state)]) as sandbox:
        source = replace(feed.source, url=f"{sandbox.url}/petpooja-stream/")
        report = fetch(db, shop, source)
        assert report.gaps == [Gap(3, 3), Gap(6, 7)] == missing_stream_ids(db, source)
        assert report.as_dict()["missing"] == 3
        loads = rows(db, LOADS)
        assert fetch(db, shop, source).gaps == report.gaps
        assert rows(db, LOADS) == loads  # what is there already is not loaded again and again
        state.add(EVENTS[5], EVENTS[2], event(101, 11, status="Cancelled"))
        filled = fetch(db, shop, source)
        assert filled.gaps == [Gap(7, 7)]
        assert (filled.filled, filled.cursor_after) == (2, 11)
        assert rows(db, LOADS)[-1][0] == "stream, missing from 3"  # one page answered for both holes
    assert rows(db, "SELECT petpooja_order_id FROM orders WHERE petpooja_order_id IN (103, 106, 107) ORDER BY 1") == [
        (103,),
        (106,),
    ]


def test_an_event_of_the_stream_that_a_file_brought_is_no_hole(db: Database, shop: Settings, tmp_path: Path) -> None:
    put(db, shop, *EVENTS[:3], *EVENTS[6:])
    assert missing_stream_ids(db, "stream") == [Gap(4, 6)]
    load(db, shop, write_lines(tmp_path / "x.jsonl", [EVENTS[4], event(200, 500)]))
    assert missing_stream_ids(db, "stream") == [Gap(4, 4), Gap(6, 6)]


def test_refused_ignored_and_superseded_events_are_no_holes(db: Database, shop: Settings) -> None:
    other = event(105, 5) | {"aggregate_type": "menu"}
    put(db, shop, event(101, 1), event(101, 2), event(103, 3, total="?"), event(101, 4), other, event(106, 6))
    assert missing_stream_ids(db, "stream") == []


@dataclass
class Recorded:
    """A source that answers what it was given; what it was asked is in `asked`."""

    pages: list[OrderPage] = field(default_factory=list)
    late: dict[int, OrderPage] = field(default_factory=dict)
    error: str | None = None
    has_days: bool = False
    name: str = "stream"
    asked: list[int | None] = field(default_factory=list)

    def new_orders(self, *, after: int | None, today: date) -> Iterator[OrderPage]:
        self.asked.append(after)
        if after is not None and len(self.asked) > 1:
            yield from [self.late[after]] if after in self.late else []
            return
        yield from self.pages
        if self.error:
            raise OrderSourceError(self.error)

    def orders_of(self, day: date) -> Iterator[OrderPage]:
        yield from self.pages


def test_only_the_youngest_holes_are_asked_for(db: Database, shop: Settings) -> None:
    source = Recorded([page([event(1000 + number, number) for number in range(1, 40, 2)])])
    report = fetch(db, shop, source)
    assert len(report.gaps) == 19
    assert source.asked == [None, *range(19, 38, 2)]


def test_a_source_that_stands_still_is_told_after_its_page_is_loaded(db: Database, shop: Settings) -> None:
    still = replace(page([event(110, 3), event(111, 4)]), cursor_before=4, cursor_after=4)
    with pytest.raises(OrderSourceError, match="does not go on: after position 4"):
        fetch(db, shop, Recorded([still]))
    assert rows(db, "SELECT count(*) FROM orders") == [(2,)]


def test_a_page_that_the_database_refuses_is_noted_and_leaves_the_cursor(db: Database, shop: Settings) -> None:
    source = Recorded([page(EVENTS[:4], name="one"), page(EVENTS[4:8], name="two")])
    db.execute("ALTER TABLE order_items ADD CONSTRAINT broken_on_purpose CHECK (order_item_id < 7)")
    try:
        with pytest.raises(Exception, match="broken_on_purpose"):
            fetch(db, shop, source)
    finally:
        db.execute("ALTER TABLE order_items DROP CONSTRAINT broken_on_purpose")
    assert cursor_of(db, source) == 4
    assert rows(db, LOADS) == [("one", "loaded", 4), ("two", "failed", 0)]


@pytest.fixture
def days() -> Iterator[tuple[PetpoojaSandbox, PetpoojaOrders]]:
    """PetPooja's own API over real HTTP."""
    state = PetpoojaSandbox()
    with running_sandbox([api_service(state)]) as sandbox:
        keys = {name: SecretStr(value) for name, value in PETPOOJA_KEYS.items()}
        api = PetpoojaSettings(url=f"{sandbox.url}/petpooja", rest_id=PETPOOJA_REST_ID, **keys)
        yield state, PetpoojaOrders(api, ZoneInfo("Asia/Kolkata"), retry=AT_ONCE, clock=lambda: NOW)


def test_a_source_of_days_brings_yesterday_and_today_and_any_day_again(
    db: Database, shop: Settings, days: tuple[PetpoojaSandbox, PetpoojaOrders]
) -> None:
    state, source = days
    for day in (3, 9, 10):
        state.add(event(100 + day, day, created_on=f"{NOON.replace(day=day, hour=9):%Y-%m-%d %H:%M:%S}"))
    report = fetch(db, shop, source)
    assert (report.count("orders_new"), report.gaps, report.cursor_after) == (2, [], None)
    again = fetch(db, shop, source)
    assert (again.count("orders_new"), again.count("orders_duplicate")) == (0, 2)
    day = fetch_day(db, source, date(2026, 1, 3), settings=shop, now=NOW)
    assert day.count("orders_new") == 1
    before = everything(db)
    assert fetch_day(db, source, date(2026, 1, 3), settings=shop, now=NOW).count("orders_duplicate") == 1
    assert everything(db) == before


def test_a_stream_cannot_be_asked_for_a_day_and_says_what_can_be_done(db: Database, shop: Settings, feed: Feed) -> None:
    with pytest.raises(OrderSourceError, match=r"cannot be asked for a day.*ops restaurant rematch"):
        fetch_day(db, feed.source, NOON.date(), settings=shop, now=NOW)


def test_a_day_without_orders_may_be_read_again(db: Database, shop: Settings) -> None:
    assert reload_day(db, date(2020, 1, 1), settings=shop, now=NOW).load.orders_read == 0


def test_pages_in_any_cut_end_in_the_same_tables(db: Database, shop: Settings, feed: Feed) -> None:
    wanted = None
    for limit in (1, 3, 500):
        db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
        fetch(db, shop, replace(feed.source, limit=limit))
        wanted = wanted or content(db)
        assert content(db) == wanted
