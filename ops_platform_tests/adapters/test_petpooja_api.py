"""PetPooja's orders API over real HTTP: which orders belong to a day, pages, and errors that arrive as success."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from ops_platform.adapters.petpooja import order_source
from ops_platform.adapters.petpooja_api import PetpoojaOrders
from ops_platform.adapters.sandbox_address import PETPOOJA_KEYS, PETPOOJA_REST_ID
from ops_platform.core.order_source import OrderPage, OrderSourceError
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform.sandbox.petpooja_api import api_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.settings import PetpoojaSettings, load_settings
from ops_platform_tests.patience import patience
from ops_platform_tests.sandbox.parts import AT_ONCE, NOON, Clock, event

INDIA = ZoneInfo("Asia/Kolkata")
DAY = date(2026, 1, 3)
PATH = "/V1/thirdparty/generic_get_orders/"
KEYS = {name: SecretStr(value) for name, value in PETPOOJA_KEYS.items()}


class Shop:
    """A shop of 61 orders a day from 1 to 4 January, and the adapter that asks for them on the 3rd."""

    def __init__(self, sandbox: Sandbox, state: PetpoojaSandbox, clock: Clock) -> None:
        self.sandbox, self.state = sandbox, state
        self.source = PetpoojaOrders(
            settings=PetpoojaSettings(url=f"{sandbox.url}/petpooja", rest_id=PETPOOJA_REST_ID, **KEYS),
            zone=INDIA,
            timeout_seconds=5.0,
            retry=AT_ONCE,
            sleep=lambda _: None,
            clock=clock,
        )

    def with_settings(self, **changed: Any) -> PetpoojaOrders:
        return replace(self.source, settings=self.source.settings.model_copy(update=changed))

    def asked(self) -> int:
        return len(self.sandbox.log.entries())


@pytest.fixture
def shop() -> Iterator[Shop]:
    clock = Clock(datetime(2026, 1, 3, 15, 0, tzinfo=UTC))
    orders = [
        event(day * 1000 + number, created_on=f"2026-01-0{day} 12:{number % 60:02d}:00", orderID=number)
        for day in (1, 2, 3, 4)
        for number in range(1, 62)
    ]
    state = PetpoojaSandbox(orders, clock=clock)
    with running_sandbox([api_service(state)]) as sandbox:
        yield Shop(sandbox, state, clock)


def one(pages: Iterator[OrderPage]) -> OrderPage:
    [page] = pages
    return page


def numbers(page: OrderPage) -> list[int]:
    return [order["Order"]["orderID"] for order in page.events]


def test_a_day_is_one_page_with_its_own_orders_only_over_all_parts_of_the_answer(shop: Shop) -> None:
    page = one(shop.source.orders_of(date(2026, 1, 2)))
    assert {order["Order"]["order_date"] for order in page.events} == {"2026-01-02"}
    assert numbers(page) == list(range(1, 62))
    assert (page.source, page.name, page.cursor_before, page.cursor_after) == ("petpooja", "2026-01-02", None, None)
    assert page.received_at == datetime(2026, 1, 3, 15, 0, tzinfo=UTC)
    assert shop.asked() == 6  # 122 orders in three parts, for the day and for the day after


def test_new_orders_are_yesterday_and_today_whatever_the_cursor(shop: Shop) -> None:
    pages = list(shop.source.new_orders(after=99, today=DAY))
    assert [(page.name, len(page.events)) for page in pages] == [("2026-01-02", 61), ("2026-01-03", 61)]


def test_money_keeps_every_digit(shop: Shop) -> None:
    [first, *_] = one(shop.source.orders_of(DAY)).events
    assert isinstance(first["Order"]["total"], Decimal)
    assert sorted(first) == ["Customer", "Discount", "Order", "OrderItem", "Restaurant", "Tax"]


def test_a_day_can_be_asked_for_again(shop: Shop) -> None:
    assert shop.source.has_days is True
    assert one(shop.source.orders_of(DAY)).events == one(shop.source.orders_of(DAY)).events


@pytest.mark.parametrize("kind", ["refuse", "reset", "short_body", "timeout_before", "timeout_after", "status"])
def test_a_passing_fault_is_survived_because_the_question_only_reads(shop: Shop, kind: str) -> None:
    shop.sandbox.faults.add("petpooja", kind, after=1, times=2)
    assert len(one(replace(shop.source, timeout_seconds=patience(kind)).orders_of(DAY)).events) == 61


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "html"}, "a web page .*look at restaurant.petpooja.url"),
        ({"kind": "malformed_json"}, "no whole JSON document"),
        ({"kind": "status", "status": 403}, "403 .*does not let us in: look at the keys OPS_RESTAURANT__PETPOOJA__"),
        ({"kind": "status", "status": 404}, "404 .*look at restaurant.petpooja.url"),
        ({"kind": "status", "status": 500}, "500 .*the next fetch asks again; if it stays, ask PetPooja"),
        ({"kind": "refuse"}, "the connection was cut"),
        ({"kind": "error_in_200", "code": "101", "message": "Oops."}, r"refused \(code 101: Oops.\): .*support knows"),
        ({"kind": "error_in_200", "code": "GN_109"}, r"refused \(code GN_109"),
        ({"kind": "error_in_200", "code": "100", "message": "Invalid Token."}, "look at .*ACCESS_TOKEN in .env"),
        ({"kind": "page_repeated"}, "PetPooja repeats itself: its orders of 2026-01-03 do not end"),
    ],
)
def test_what_stays_wrong_says_what_happened_and_what_to_do(shop: Shop, fault: dict[str, Any], said: str) -> None:
    shop.sandbox.faults.add("petpooja", **fault, times=None)
    with pytest.raises(OrderSourceError, match=said) as error:
        one(shop.source.orders_of(DAY))
    assert "othing was lost" in str(error.value)


def test_a_loop_is_left_at_the_first_reference_that_comes_again(shop: Shop) -> None:
    shop.sandbox.faults.add("petpooja", "page_repeated", times=None)
    with pytest.raises(OrderSourceError, match="repeats itself"):
        one(shop.source.orders_of(DAY))
    assert shop.asked() == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"app_key": SecretStr("x" * 32)}, r"GN_105.*APP_KEY and \.\.__APP_SECRET in \.env\. "),
        ({"app_secret": SecretStr("x" * 39)}, r"\(the app_secret has 39 characters, not 40\)"),
        ({"access_token": SecretStr("x" * 7)}, r"GN_102.*ACCESS_TOKEN in \.env \(the access_token has 7 characters"),
        ({"rest_id": "other"}, "103.*look at restaurant.petpooja.rest_id"),
        ({"url": "api.example"}, "^restaurant.petpooja.url is no URL"),
        ({"cookie": SecretStr("a\nb")}, "^OPS_RESTAURANT__PETPOOJA__COOKIE in .env is empty or holds a line break"),
    ],
)
def test_each_wrong_setting_is_named(shop: Shop, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(OrderSourceError, match=said):
        one(shop.with_settings(**changed).orders_of(DAY))


def answers(httpserver: HTTPServer, *bodies: Any) -> PetpoojaOrders:
    for body in bodies:
        httpserver.expect_ordered_request(PATH, method="POST").respond_with_data(
            json.dumps(body), content_type="text/html; charset=UTF-8"
        )
    return PetpoojaOrders(
        PetpoojaSettings(url=httpserver.url_for("/"), rest_id="r1", cookie=SecretStr("PETPOOJA_API=q1"), **KEYS),
        INDIA,
        retry=AT_ONCE,
        clock=Clock(NOON),
    )


def answer(*orders: Any, **changed: Any) -> dict[str, Any]:
    return {"success": "1", "code": "200", "message": "", "order_json": list(orders), **changed}


def order(number: Any, day: str, **more: Any) -> dict[str, Any]:
    return {"Order": {"orderID": number, "order_date": day, **more}}


def test_the_question_is_a_post_with_the_documented_keys_and_the_cookie(httpserver: HTTPServer) -> None:
    one(answers(httpserver, answer()).orders_of(DAY))
    [(request, _)] = httpserver.log
    asked = json.loads(request.get_data())
    assert asked == {**PETPOOJA_KEYS, "restID": "r1", "order_date": "2026-01-03", "refId": ""}
    assert request.headers["Cookie"] == "PETPOOJA_API=q1"


def test_a_day_without_orders_is_an_empty_page(httpserver: HTTPServer) -> None:
    assert one(answers(httpserver, answer()).orders_of(DAY)).events == ()


@pytest.mark.parametrize("missing", [{"order_json": None}, {"order_json": {}}, {"order_json": ""}])
def test_success_without_a_list_of_orders_is_not_an_empty_day(httpserver: HTTPServer, missing: dict[str, Any]) -> None:
    with pytest.raises(OrderSourceError, match="without the list order_json; nothing is taken"):
        one(answers(httpserver, answer(**missing)).orders_of(DAY))


@pytest.mark.parametrize(
    "wrong", [{"code": "201"}, {"success": "0"}, {"success": None}, {"code": None, "errorCode": "GN_1"}]
)
def test_only_code_200_with_success_1_is_an_answer(httpserver: HTTPServer, wrong: dict[str, Any]) -> None:
    with pytest.raises(OrderSourceError, match="PetPooja refused"):
        one(answers(httpserver, answer(order(1, "2026-01-03"), **wrong)).orders_of(DAY))


def test_numbers_instead_of_texts_are_taken(httpserver: HTTPServer) -> None:
    found = answers(httpserver, answer(order(1, "2026-01-03"), code=200, success=1))
    assert numbers(one(found.orders_of(DAY))) == [1]


def test_an_account_that_answers_the_day_before_only_is_asked_for_the_day_after(httpserver: HTTPServer) -> None:
    yesterday = DAY - timedelta(days=1)
    found = answers(httpserver, answer(order(8, "2026-01-01")), answer(order(9, "2026-01-02")))
    assert numbers(one(found.orders_of(yesterday))) == [9]


def test_the_later_answer_wins_for_an_order_both_hold(httpserver: HTTPServer) -> None:
    old, new = order(9, "2026-01-02", status="Success"), order("9", "2026-01-02", status="Cancelled")
    before, now = list(
        answers(httpserver, answer(old, order(7, "2026-01-02")), answer(new, order(9, "2026-01-03"))).new_orders(
            after=None, today=DAY
        )
    )
    assert [(each["Order"]["orderID"], each["Order"].get("status")) for each in before.events] == [
        (7, None),
        ("9", "Cancelled"),
    ]
    assert numbers(now) == [9]  # numbers begin anew each day


def test_the_day_is_read_from_what_there_is_in_the_shops_zone(httpserver: HTTPServer) -> None:
    mine = [
        {"Order": {"orderID": 1, "created_on": "2026-01-03 00:05:00"}},
        {"Order": {"orderID": 2, "order_date": "2026-01-03", "created_on": "2026-01-04 00:30:00"}},
        {"Order": {"orderID": 3, "created_on": "2026-01-02T19:00:00+00:00"}},
    ]
    others = [{"Order": {"orderID": 4, "created_on": "2026-01-03T19:00:00+00:00"}}, order(5, "2026-01-02")]
    assert numbers(one(answers(httpserver, answer(*mine, *others)).orders_of(DAY))) == [1, 2, 3]


def test_orders_without_a_readable_day_are_kept_to_be_rejected(httpserver: HTTPServer) -> None:
    odd = ["text", {"Order": []}, {"Order": {"orderID": 4, "order_date": "yesterday"}}]
    page = one(answers(httpserver, answer(order(1, "2026-01-03"), *odd)).orders_of(DAY))
    assert list(page.events[1:]) == odd


def test_fifty_orders_without_a_reference_may_be_all_and_are_noted(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    fifty = [order(number, "2026-01-03") for number in range(50)]
    assert len(one(answers(httpserver, answer(*fifty)).orders_of(DAY)).events) == 50
    assert "no refId to ask for more" in caplog.text


def test_no_key_stands_in_an_error_a_log_or_a_repr(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canaries = [f"canary{number}" * 4 for number in range(4)]
    names = ("app_key", "app_secret", "access_token", "cookie")
    source = shop.with_settings(**{name: SecretStr(text) for name, text in zip(names, canaries, strict=True)})
    quoting = {"kind": "error_in_200", "code": canaries[0], "message": f"Invalid Token {canaries[2]}, {canaries[3]}"}
    told = repr(source)
    for fault in (
        quoting,
        {"kind": "status", "status": 403, "body": canaries[1]},
        {"kind": "html"},
        {"kind": "latency"},
    ):
        shop.sandbox.faults.switch_off()
        shop.sandbox.faults.add("petpooja", **{"seconds": 0.0, **fault}, times=None)
        with pytest.raises(OrderSourceError) as error:
            one(source.orders_of(DAY))
        told += "".join(traceback.format_exception(error.value))
    assert "Invalid Token ***, ***" in told
    assert not [canary for canary in canaries if canary in told + caplog.text]


def test_the_settings_choose_it(shop: Shop, tmp_path: Path) -> None:
    env = {f"OPS_RESTAURANT__PETPOOJA__{name.upper()}": value for name, value in PETPOOJA_KEYS.items()}
    found = load_settings(
        env={
            "OPS_HOME": str(tmp_path),
            "OPS_RESTAURANT__ORDERS_FROM": "petpooja",
            "OPS_RESTAURANT__PETPOOJA__URL": f"{shop.sandbox.url}/petpooja",
            "OPS_RESTAURANT__PETPOOJA__REST_ID": PETPOOJA_REST_ID,
            **env,
        }
    )
    source = order_source(found, clock=Clock(NOON))
    assert (source.name, source.has_days) == ("petpooja", True)
    assert len(one(source.orders_of(DAY)).events) == 61
