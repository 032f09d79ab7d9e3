"""The order stream over real HTTP: paging, what ends it, every way it can be wrong, and whose settings to look at."""

from __future__ import annotations

import contextlib
import json
import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from ops_platform.adapters.petpooja import order_source
from ops_platform.adapters.petpooja_stream import OrderStream
from ops_platform.adapters.sandbox_address import SANDBOX_KEY, announced
from ops_platform.core.order_source import OrderPage, OrderSource, OrderSourceError
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform.sandbox.petpooja_stream import stream_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.settings import load_settings
from ops_platform_tests.patience import patience
from ops_platform_tests.sandbox.parts import AT_ONCE, NOON, Clock, events

CANARY = "canary-90ab12"
DAY = date(2026, 1, 3)


class Feed:
    """A stream of its own, and the adapter that reads it."""

    def __init__(self, state: PetpoojaSandbox, clock: Clock, sandbox: Sandbox) -> None:
        self.state, self.clock, self.sandbox = state, clock, sandbox
        self.pauses: list[float] = []
        self.source = OrderStream(
            name="stream",
            url=f"{sandbox.url}/petpooja-stream/",
            api_key=SecretStr(SANDBOX_KEY),
            limit=4,
            pause_seconds=1.5,
            timeout_seconds=5.0,
            retry=AT_ONCE,
            sleep=self.pauses.append,
            clock=clock,
        )

    def read(self, after: int | None = None, **changed: Any) -> list[OrderPage]:
        return list(replace(self.source, **changed).new_orders(after=after, today=DAY))

    def fault(self, kind: str, **options: Any) -> None:
        self.sandbox.faults.add("petpooja-stream", kind, **options)

    def asked(self) -> list[str]:
        return [entry.query for entry in self.sandbox.log.entries()]


@pytest.fixture
def feed() -> Iterator[Feed]:
    clock = Clock()
    state = PetpoojaSandbox(events(range(1, 11)), clock=clock)
    with running_sandbox([stream_service(state)]) as sandbox:
        yield Feed(state, clock, sandbox)


def ids(pages: list[OrderPage]) -> list[list[int]]:
    return [[event["stream_id"] for event in page.events] for page in pages]


def test_it_reads_page_after_page_with_a_pause_between_until_one_is_not_full(feed: Feed) -> None:
    pages = feed.read()
    assert ids(pages) == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert feed.asked() == ["limit=4&cursor=0", "limit=4&cursor=4", "limit=4&cursor=8"]
    assert feed.pauses == [1.5, 1.5]
    assert [(page.cursor_before, page.cursor_after) for page in pages] == [(None, 4), (4, 8), (8, 10)]
    assert [page.name for page in pages] == ["stream from the beginning", "stream after 4", "stream after 8"]
    assert {(page.source, page.received_at) for page in pages} == {("stream", NOON)}


def test_nothing_new_is_no_page_and_a_full_last_page_asks_once_more(feed: Feed) -> None:
    assert feed.read(10) == []
    assert ids(feed.read(6)) == [[7, 8, 9, 10]]
    assert feed.asked()[-1] == "limit=4&cursor=10"


def test_what_comes_in_between_is_read_from_the_cursor_on(feed: Feed) -> None:
    last = feed.read()[-1].cursor_after
    feed.state.add(*events([11]))
    assert ids(feed.read(last)) == [[11]]


def test_money_keeps_every_digit(feed: Feed) -> None:
    order = feed.read()[0].events[0]["raw_event"]["raw_payload"]["properties"]["Order"]
    assert order["total"] == Decimal("241.2")
    assert isinstance(order["total"], Decimal)
    assert isinstance(order["orderID"], int)


def test_each_page_is_handed_over_before_the_next_is_asked_for(feed: Feed) -> None:
    feed.fault("status", status=500, after=1, times=None)
    pages = feed.source.new_orders(after=None, today=DAY)
    assert next(pages).cursor_after == 4
    with pytest.raises(OrderSourceError, match="answered 500"):
        next(pages)
    feed.sandbox.faults.switch_off()
    assert ids(feed.read(4)) == [[5, 6, 7, 8], [9, 10]]


@pytest.mark.parametrize("kind", ["refuse", "reset", "short_body", "timeout_before", "timeout_after", "status"])
def test_a_passing_fault_is_survived_without_losing_or_doubling_an_event(feed: Feed, kind: str) -> None:
    feed.fault(kind, after=1, times=2)
    assert ids(feed.read(timeout_seconds=patience(kind))) == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "refuse"}, "the connection was cut .*the next fetch asks again; if it stays, ask the people who run"),
        ({"kind": "reset"}, "the connection was cut"),
        ({"kind": "short_body"}, "the connection was cut before the answer was whole"),
        ({"kind": "timeout_before"}, "no whole answer within 0.4 s"),
        ({"kind": "slow_drip", "seconds": 0.2}, "no whole answer within 0.4 s"),
        ({"kind": "html"}, "answered a web page where JSON was expected: look at restaurant.stream.url"),
        ({"kind": "malformed_json"}, "no whole JSON document .*look at restaurant.stream.url"),
        ({"kind": "error_in_200"}, "JSON with no list `data`.*Look at restaurant.stream.url"),
        ({"kind": "status", "status": 401}, "401 .*does not accept the key: look at OPS_RESTAURANT__STREAM__API_KEY"),
        ({"kind": "status", "status": 403}, "403 .*look at OPS_RESTAURANT__STREAM__API_KEY in .env"),
        ({"kind": "status", "status": 404}, "404 .*not where the feed is: look at restaurant.stream.url"),
        ({"kind": "status", "status": 302}, "302 .*look at restaurant.stream.url"),
        ({"kind": "status", "status": 429}, "429 .*the next fetch asks again"),
        ({"kind": "status", "status": 500}, "500 .*the next fetch asks again"),
    ],
)
def test_what_stays_wrong_says_what_happened_and_what_to_do(feed: Feed, fault: dict[str, Any], said: str) -> None:
    feed.fault(**fault, times=None)
    with pytest.raises(OrderSourceError, match=said) as error:
        feed.read(timeout_seconds=patience(fault))
    assert "othing was lost" in str(error.value)


def test_a_wrong_key_is_told(feed: Feed) -> None:
    with pytest.raises(OrderSourceError, match="OPS_RESTAURANT__STREAM__API_KEY"):
        feed.read(api_key=SecretStr(CANARY))


def test_a_page_that_repeats_old_events_and_goes_on_is_handed_over(feed: Feed) -> None:
    feed.fault("page_repeated", after=1)
    pages = feed.read()
    assert ids(pages) == [[1, 2, 3, 4], [3, 4, 5, 6], [7, 8, 9, 10]]
    assert [page.cursor_after for page in pages] == [4, 6, 10]


def test_a_page_that_does_not_go_on_ends_the_reading_after_what_was_good(feed: Feed) -> None:
    feed.fault("cursor_loop", after=1, times=None)
    pages = feed.source.new_orders(after=None, today=DAY)
    assert next(pages).cursor_after == 4
    with pytest.raises(OrderSourceError, match="does not go on: asked for events after 4"):
        next(pages)
    assert len(feed.asked()) == 2


def test_a_skipped_page_shows_as_a_gap_in_the_stream_ids(feed: Feed) -> None:
    feed.fault("page_skipped")
    assert ids(feed.read()) == [[5, 6, 7, 8], [9, 10]]


def answering(httpserver: HTTPServer, *bodies: Any, **options: Any) -> OrderStream:
    """A stream whose server answers these, one after the other, and then empty pages."""
    for body in bodies:
        httpserver.expect_ordered_request("/orders/").respond_with_json(body)
    return OrderStream(
        name="stream",
        url=httpserver.url_for("/"),
        api_key=SecretStr(CANARY),
        **{"limit": 3, "pause_seconds": 0.0, "retry": AT_ONCE, "timeout_seconds": 5.0, **options},
    )


def rows(*places: Any) -> dict[str, Any]:
    return {"data": [{"stream_id": place} for place in places], "total": len(places)}


def reading(source: OrderSource, after: int | None = None) -> list[OrderPage]:
    return list(source.new_orders(after=after, today=DAY))


def test_an_inclusive_cursor_is_nothing_new_when_only_the_cursors_event_comes(httpserver: HTTPServer) -> None:
    assert reading(answering(httpserver, rows(7)), after=7) == []


@pytest.mark.parametrize("places", [(6, 7), (6,), (5, 6, 7), (7, 7, 7), (None, None, None), (True, 2**63, -1)])
def test_every_other_page_without_a_newer_event_is_an_error(httpserver: HTTPServer, places: tuple[Any, ...]) -> None:
    with pytest.raises(OrderSourceError, match="does not go on"):
        reading(answering(httpserver, rows(*places)), after=7)


def test_events_that_cannot_be_numbered_are_handed_over_to_be_rejected(httpserver: HTTPServer) -> None:
    [page] = reading(answering(httpserver, {"data": ["no object", {"stream_id": "x"}]}), after=7)
    assert page.events == ("no object", {"stream_id": "x"})
    assert (page.cursor_before, page.cursor_after) == (7, 7)


def test_one_readable_number_carries_a_page_of_unreadable_ones(httpserver: HTTPServer) -> None:
    first = {"data": [None, {"stream_id": "12"}, 4]}
    pages = reading(answering(httpserver, first, rows(13)), after=7)
    assert [(len(page.events), page.cursor_after) for page in pages] == [(3, 12), (1, 13)]


@pytest.mark.parametrize("body", [[], 7, "x", None, {}, {"data": None}, {"data": {"1": {}}}, {"data": "[]"}])
def test_json_without_a_list_of_events_is_no_empty_page(httpserver: HTTPServer, body: Any) -> None:
    with pytest.raises(OrderSourceError, match="not the order feed"):
        reading(answering(httpserver, body))


@given(st.lists(st.one_of(st.integers(0, 30), st.none(), st.text(max_size=3)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_the_numbers_are_reading_ends_and_the_cursor_never_goes_back(
    make_httpserver: HTTPServer, places: list[Any]
) -> None:
    pages = [rows(*places[start : start + 3])["data"] for start in range(0, len(places), 3)]
    told: list[OrderPage] = []
    make_httpserver.clear()
    for page in pages:
        make_httpserver.expect_ordered_request("/orders/").respond_with_json({"data": page})
    make_httpserver.expect_request("/orders/").respond_with_json({"data": []})
    with contextlib.suppress(OrderSourceError):
        told.extend(answering(make_httpserver).new_orders(after=None, today=DAY))
    asked = len(make_httpserver.log)
    make_httpserver.clear()  # it serves other tests too
    assert asked <= len(pages) + 1
    reached = [page.cursor_after for page in told if page.cursor_after is not None]
    assert reached == sorted(reached)
    assert [list(page.events) for page in told] == [page for page in pages[: len(told)] if page]


def test_no_key_stands_in_an_error_a_log_or_a_repr(feed: Feed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for kind in ("status", "html", "refuse"):
        feed.fault(kind, times=3)
        with pytest.raises(OrderSourceError) as error:
            feed.read(api_key=SecretStr(CANARY))
        assert CANARY not in "".join(traceback.format_exception(error.value))
    with pytest.raises(OrderSourceError, match=r"API_KEY in \.env is empty or holds a line break") as error:
        feed.read(api_key=SecretStr(f"{CANARY}\nx"))
    assert CANARY not in "".join(traceback.format_exception(error.value))
    assert CANARY not in caplog.text
    assert CANARY not in repr(replace(feed.source, api_key=SecretStr(CANARY)))


def test_a_wrong_address_names_its_setting() -> None:
    source = OrderStream("stream", "orders.example/api", SecretStr("k"))
    with pytest.raises(OrderSourceError, match=r"^restaurant\.stream\.url is no URL of a server; it begins with https"):
        reading(source)


def test_a_stream_knows_no_days(feed: Feed) -> None:
    assert feed.source.has_days is False
    with pytest.raises(NotImplementedError):
        feed.source.orders_of(DAY)


def settings_of(home: Path, **env: str) -> Any:
    return load_settings(env={"OPS_HOME": str(home), "OPS_CONFIG": "", **env})


def test_the_sandbox_of_the_home_is_found_read_without_pauses_and_missed_when_it_is_gone(
    feed: Feed, tmp_path: Path
) -> None:
    found = settings_of(tmp_path, OPS_RESTAURANT__PAGE_LIMIT="4")
    with announced(tmp_path, feed.sandbox.url):
        source = order_source(found, retry=AT_ONCE, sleep=feed.pauses.append, clock=feed.clock)
        assert (source.name, source.has_days) == ("sandbox", False)
        assert ids(reading(source)) == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
        assert feed.pauses == [0.0, 0.0]
    with pytest.raises(OrderSourceError, match="no sandbox is running: `ops demo` or `ops sandbox` starts it"):
        order_source(found)
    assert order_source(found, sandbox_url=feed.sandbox.url + "/").name == "sandbox"


def test_a_sandbox_that_was_killed_is_not_running(tmp_path: Path) -> None:
    note = {"url": "http://127.0.0.1:9", "pid": 2**22 - 7, "born": 1.0}
    (tmp_path / "sandbox.json").write_text(json.dumps(note), encoding="utf-8")
    with pytest.raises(OrderSourceError, match="no sandbox is running"):
        order_source(settings_of(tmp_path))
    (tmp_path / "sandbox.json").write_text("{", encoding="utf-8")
    with pytest.raises(OrderSourceError, match="no sandbox is running"):
        order_source(settings_of(tmp_path))


def test_a_sandbox_that_ends_takes_only_its_own_note_away(tmp_path: Path) -> None:
    with announced(tmp_path, "http://127.0.0.1:1"):
        with announced(tmp_path, "http://127.0.0.1:2"):
            pass
        assert not (tmp_path / "sandbox.json").exists()
        (tmp_path / "sandbox.json").write_text("another's", encoding="utf-8")
    assert (tmp_path / "sandbox.json").read_text(encoding="utf-8") == "another's"


def test_the_stream_is_read_as_the_settings_say(feed: Feed, tmp_path: Path) -> None:
    found = settings_of(
        tmp_path,
        OPS_RESTAURANT__ORDERS_FROM="stream",
        OPS_RESTAURANT__STREAM__URL=f"{feed.sandbox.url}/petpooja-stream",
        OPS_RESTAURANT__STREAM__API_KEY=SANDBOX_KEY,
        OPS_RESTAURANT__PAGE_LIMIT="8",
        OPS_RESTAURANT__SECONDS_BETWEEN_PAGES="0.25",
    )
    source = order_source(found, retry=AT_ONCE, sleep=feed.pauses.append)
    assert source.name == "stream"
    assert [len(page.events) for page in reading(source)] == [8, 2]
    assert feed.pauses == [0.25]


def test_a_sandbox_that_stopped_says_how_to_start_it(tmp_path: Path) -> None:
    with running_sandbox([]) as gone:
        url = gone.url
    source = order_source(settings_of(tmp_path), sandbox_url=url, retry=AT_ONCE)
    with pytest.raises(OrderSourceError, match="start it again"):
        reading(source)


def test_a_clock_that_moves_makes_more_orders_visible(feed: Feed) -> None:
    feed.state.add(*[{**each, "occurred_at": (NOON + timedelta(hours=1)).isoformat()} for each in events([11, 12])])
    assert feed.read(10) == []
    feed.clock.at += timedelta(hours=2)
    [page] = feed.read(10)
    assert ids([page]) == [[11, 12]]
    assert page.received_at == NOON + timedelta(hours=2)
