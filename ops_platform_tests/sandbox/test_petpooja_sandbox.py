"""PetPooja's stand-in: what the stream and the orders API say of the same events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from ops_platform.adapters.sandbox_address import PETPOOJA_KEYS, PETPOOJA_REST_ID, SANDBOX_KEY
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform.sandbox.petpooja_api import api_service
from ops_platform.sandbox.petpooja_stream import stream_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform_tests.sandbox.parts import NOON, Clock, event, events

ORDERS = "/petpooja/V1/thirdparty/generic_get_orders/"


class Shop:
    """The stand-in of one test, and how to ask it."""

    def __init__(self, state: PetpoojaSandbox, clock: Clock, sandbox: Sandbox) -> None:
        self.state, self.clock, self.sandbox = state, clock, sandbox

    def stream(self, key: str = SANDBOX_KEY, **params: Any) -> httpx.Response:
        url = f"{self.sandbox.url}/petpooja-stream/orders/"
        return httpx.get(url, params=params, headers={"X-API-Key": key}, trust_env=False)

    def ids(self, **params: Any) -> list[int]:
        return [each["stream_id"] for each in self.stream(**params).json()["data"]]

    def orders(self, day: str, reference: str = "", **changed: str) -> dict[str, Any]:
        asked = {**PETPOOJA_KEYS, "restID": PETPOOJA_REST_ID, "order_date": day, "refId": reference, **changed}
        answer = httpx.post(self.sandbox.url + ORDERS, json=asked, trust_env=False)
        assert answer.status_code == 200
        return answer.json()  # type: ignore[no-any-return]


@pytest.fixture
def shop() -> Iterator[Shop]:
    clock = Clock()
    state = PetpoojaSandbox(clock=clock, page=3)
    with running_sandbox([stream_service(state), api_service(state)]) as sandbox:
        yield Shop(state, clock, sandbox)


def numbers(answer: dict[str, Any]) -> list[int]:
    assert (answer["code"], answer["success"]) == ("200", "1")
    return [order["Order"]["orderID"] for order in answer["order_json"]]


def test_pages_come_in_order_behind_an_exclusive_cursor(shop: Shop) -> None:
    shop.state.add(*events([7, 3, 5, 9]))
    assert shop.ids(limit=3) == [3, 5, 7]
    assert shop.ids(limit=3, cursor=7) == [9]
    assert shop.ids(limit=3, cursor=9) == []
    assert shop.stream(limit=3).json()["total"] == 4


def test_an_event_appears_when_its_time_has_come_and_none_before_an_earlier_one(shop: Shop) -> None:
    late, early = NOON + timedelta(minutes=10), NOON - timedelta(minutes=10)
    shop.state.add(event(1, at=early), event(2, at=late), *(event(number, at=early) for number in (3, 4, 5)))
    assert shop.ids(limit=9) == [1]  # 3 to 5 have occurred, but a reader past them would never see 2
    shop.clock.at = late
    assert shop.ids(limit=9) == [1, 2, 3, 4, 5]
    assert shop.state.last_stream_id == 5


def test_the_stream_wants_its_key_and_sensible_numbers(shop: Shop) -> None:
    assert shop.stream("wrong").status_code == 401
    assert shop.stream("").status_code == 401
    for wrong in ({"limit": 501}, {"limit": 0}, {"limit": "x"}, {"cursor": "x"}):
        assert shop.stream(**wrong).status_code == 422


def test_the_streams_own_faults(shop: Shop) -> None:
    shop.state.add(*events(range(1, 21)))
    faults = shop.sandbox.faults
    faults.add("petpooja-stream", "page_repeated")
    assert shop.ids(limit=4, cursor=8) == [7, 8, 9, 10]
    faults.add("petpooja-stream", "page_skipped")
    assert shop.ids(limit=4, cursor=8) == [13, 14, 15, 16]
    faults.add("petpooja-stream", "cursor_loop")
    assert shop.ids(limit=4, cursor=8) == [5, 6, 7, 8]
    faults.add("petpooja-stream", "error_in_200", message="out of order")
    answer = shop.stream(limit=4)
    assert (answer.status_code, answer.json()["message"], "data" in answer.json()) == (200, "out of order", False)
    assert shop.ids(limit=4, cursor=8) == [9, 10, 11, 12]


def test_the_orders_api_answers_a_day_and_the_one_before_by_pages(shop: Shop) -> None:
    for number, day in enumerate(
        ["2026-01-01", "2026-01-02", "2026-01-02", "2026-01-03", "2026-01-03", "2026-01-04"], 1
    ):
        shop.state.add(event(number, created_on=f"{day} 20:00:00"))
    first = shop.orders("2026-01-03")
    assert numbers(first) == [2, 3, 4]
    last = first["order_json"][-1]["Order"]
    assert (last["order_date"], last["refId"]) == ("2026-01-03", "4")
    assert numbers(shop.orders("2026-01-03", last["refId"])) == [5]
    assert numbers(shop.orders("2026-01-10")) == []


def test_an_order_that_changed_is_given_as_it_is_now(shop: Shop) -> None:
    shop.state.add(event(1, status="Success"), event(2, orderID=1, status="Cancelled"))
    [order] = shop.orders("2026-01-03")["order_json"]
    assert (order["Order"]["orderID"], order["Order"]["status"]) == (1, "Cancelled")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"app_key": "x"}, "GN_105"),
        ({"app_secret": ""}, "GN_105"),
        ({"access_token": "x"}, "GN_102"),
        ({"restID": "other"}, "103"),
        ({"order_date": ""}, "100"),
        ({"order_date": "03-01-2026"}, "101"),
    ],
)
def test_the_orders_api_says_its_errors_inside_200(shop: Shop, changed: dict[str, str], code: str) -> None:
    answer = shop.orders("2026-01-03", **changed)
    assert (answer["success"], answer["code"]) == ("0", code)


def test_the_orders_api_refuses_get_as_the_network_in_front_of_it_does(shop: Shop) -> None:
    answer = httpx.get(shop.sandbox.url + ORDERS, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")


def test_the_orders_apis_own_faults(shop: Shop) -> None:
    shop.state.add(*events(range(1, 8)))
    shop.sandbox.faults.add("petpooja", "error_in_200", code="GN_109")
    assert shop.orders("2026-01-03")["code"] == "GN_109"
    shop.sandbox.faults.add("petpooja", "page_repeated")
    assert numbers(shop.orders("2026-01-03", "3")) == [1, 2, 3]


def test_the_page_shows_the_newest_orders_without_their_customers(shop: Shop) -> None:
    named = event(1)
    named["raw_event"]["raw_payload"]["properties"]["Customer"] = {"name": "Asha Example", "phone": "9800000000"}
    shop.state.add(named, event(2, at=NOON + timedelta(days=1)), event(3, created_on="2026-13-40 10:00:00"))
    page = httpx.get(shop.sandbox.url, trust_env=False).text
    assert "241.2" in page
    assert "still to come" in page
    assert "orders of 2026-01-03" in page
    assert "orders of 2026-13-40" not in page
    assert "Asha" not in page
    assert "98000" not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"stream_id": "7"}, "integer stream_id, not '7'"),
        ({"stream_id": None}, "integer stream_id"),
        ({"occurred_at": "2026-01-03T10:00:00"}, "has no offset"),
        ({"occurred_at": None}, "Invalid isoformat"),
    ],
)
def test_an_event_without_place_or_time_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PetpoojaSandbox([{**event(1), **wrong}])
