"""Reading the catalogue over real HTTP: whole or not at all, within the quota, and errors that say where to look."""

from __future__ import annotations

import logging
import traceback
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from ops_platform.adapters.bigcommerce import BigCommerce, BigCommerceError
from ops_platform.adapters.http import Retry
from ops_platform.retail import snapshots
from ops_platform.settings_retail import BigcommerceSettings
from ops_platform_tests.patience import patience
from ops_platform_tests.sandbox.bigcommerce_parts import Store, product, store

CANARY = "canary-77aa01"


@pytest.fixture
def shop(module_store: Store) -> Store:
    return module_store.begin(520)


def test_the_catalogue_comes_in_pages_of_250_with_the_columns_rules_know(shop: Store) -> None:
    shop.state.add_products(
        product(7, sku="", total_sold=11, related_products=[101, 102], sort_order=-820, is_featured=True)
    )
    with shop.adapter() as adapter:
        frame = adapter.catalogue()
        assert adapter.calls == 3
    assert list(frame.columns) == list(snapshots.CATALOGUE)
    assert len(frame) == 521
    assert frame.iloc[0].to_dict() == {
        "product_id": 7, "sku": None, "name": "Plant 7", "total_sold": 11, "related_products": [101, 102],
        "sort_order": -820, "is_featured": True, "is_visible": True,
    }  # fmt: skip
    assert {str(dtype) for dtype in frame.dtypes} == {"object"}
    assert type(frame["product_id"].iloc[0]) is int


def test_pages_say_where_a_product_is_shown_and_what_is_said_of_it(shop: Store) -> None:
    shop.state.add_products(
        product(7, name="Hosta 'Royal'", description="<p>Large leaves</p>"),
        product(8, custom_url={"url": "/own-page/", "is_customized": True}),
        product(9, custom_url={"url": "", "is_customized": False}),
    )
    with shop.adapter() as adapter:
        frame = adapter.pages()
        assert adapter.calls == 3
    assert list(frame.columns) == list(snapshots.PRODUCT_PAGES)
    assert frame.iloc[:3].to_numpy().tolist() == [
        [7, "/hosta-royal/", "<p>Large leaves</p>"],
        [8, "/own-page/", ""],
        [9, None, ""],
    ]


def test_a_store_without_products_is_an_empty_frame() -> None:
    with store() as shop, shop.adapter() as adapter:
        frame = adapter.catalogue()
    assert frame.empty
    assert list(frame.columns) == list(snapshots.CATALOGUE)


@pytest.mark.parametrize("kind", ["page_short", "page_repeated", "total_changed"])
def test_pages_that_do_not_fit_together_are_read_anew(shop: Store, kind: str) -> None:
    shop.fault(kind, after=1, times=1)
    with shop.adapter() as adapter:
        assert len(adapter.catalogue()) == 520
        assert adapter.calls == 5


@pytest.mark.parametrize("kind", ["page_short", "page_repeated", "total_changed"])
def test_pages_that_never_fit_together_are_no_catalogue(shop: Store, kind: str) -> None:
    shop.fault(kind, times=None, after=1)
    with shop.adapter() as adapter, pytest.raises(BigCommerceError, match="changed each of the 3 times"):
        adapter.catalogue()


PASSING: list[dict[str, Any]] = [
    {"kind": "refuse"},
    {"kind": "timeout_before"},
    {"kind": "timeout_after"},
    {"kind": "reset"},
    {"kind": "short_body"},
    {"kind": "html"},
    {"kind": "malformed_json"},
    {"kind": "slow_drip", "seconds": 0.3},
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 429, "headers": {"x-rate-limit-time-reset-ms": "4000"}},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502},
    {"kind": "status", "status": 503},
]


def name_of(fault: dict[str, Any]) -> str:
    return "-".join(str(value) for name, value in fault.items() if name != "seconds")


@pytest.mark.parametrize("fault", PASSING, ids=name_of)
def test_a_passing_fault_is_survived_without_losing_a_product(shop: Store, fault: dict[str, Any]) -> None:
    shop.fault(**fault, after=1, times=2)
    with shop.adapter(timeout_seconds=patience(fault, short=0.5)) as adapter:
        frame = adapter.catalogue()
    assert list(frame["product_id"]) == list(range(101, 621))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "refuse"}, "the next run asks again"),
        ({"kind": "timeout_before"}, "no whole answer within 0.5 s.*the next run asks again"),
        ({"kind": "slow_drip", "seconds": 0.3}, "no whole answer within 0.5 s"),
        ({"kind": "reset"}, "the connection was cut"),
        ({"kind": "short_body"}, "the connection was cut"),
        ({"kind": "html"}, "a web page where JSON was expected: look at retail.bigcommerce.url"),
        ({"kind": "malformed_json"}, "no whole JSON document"),
        ({"kind": "status", "status": 400}, "answered 400 .*no reason was given"),
        ({"kind": "status", "status": 401}, "401 .*does not accept the token.*OPS_RETAIL__BIGCOMMERCE__TOKEN in .env"),
        ({"kind": "status", "status": 403}, "403 .*look at OPS_RETAIL__BIGCOMMERCE__TOKEN"),
        ({"kind": "status", "status": 404}, "answered 404"),
        ({"kind": "status", "status": 409}, "answered 409"),
        ({"kind": "status", "status": 413}, "answered 413"),
        ({"kind": "status", "status": 422, "body": '{"title": "bad filter"}'}, "answered 422 .*bad filter"),
        ({"kind": "status", "status": 302}, "302.*not where BigCommerce is: look at retail.bigcommerce.url"),
        ({"kind": "status", "status": 429}, "429 .*the next run asks again"),
        ({"kind": "status", "status": 500}, "500 .*the next run asks again; .*look at status.bigcommerce.com"),
        ({"kind": "status", "status": 503}, "503 .*the next run asks again"),
        ({"kind": "status", "status": 207, "body": "[]", "headers": {"content-type": "application/json"}}, "no list"),
    ],
    ids=lambda value: name_of(value) if isinstance(value, dict) else "",
)
def test_what_stays_wrong_is_an_error_and_never_half_a_catalogue(shop: Store, fault: dict[str, Any], said: str) -> None:
    shop.fault(**fault, after=1, times=None)
    with (
        shop.adapter(timeout_seconds=patience(fault, short=0.5)) as adapter,
        pytest.raises(BigCommerceError, match=said),
    ):
        adapter.catalogue()


def test_a_wrong_token_is_asked_with_once(shop: Store) -> None:
    with shop.adapter(token=CANARY) as adapter:
        with pytest.raises(BigCommerceError, match="does not accept the token"):
            adapter.catalogue()
        assert adapter.calls == 1


def test_a_429_waits_for_the_windows_end_and_longer_when_it_does_not_say(shop: Store) -> None:
    shop.fault("status", status=429, headers={"x-rate-limit-time-reset-ms": "7500"})
    with shop.adapter() as adapter:
        adapter.catalogue()
    assert shop.waits == [7.5]
    shop.waits.clear()
    shop.fault("status", status=429, times=2)
    with shop.adapter() as adapter:
        adapter.catalogue()
    assert shop.waits == [5.0, 10.0]


def test_a_429_that_asks_for_too_long_is_not_waited_for(shop: Store) -> None:
    shop.fault("status", status=429, headers={"x-rate-limit-time-reset-ms": "3600000"})
    with shop.adapter() as adapter, pytest.raises(BigCommerceError, match="429"):
        adapter.catalogue()
    assert shop.waits == []


def test_the_waiting_of_one_request_has_an_end(shop: Store) -> None:
    shop.fault("status", status=429, headers={"x-rate-limit-time-reset-ms": "50000"}, times=None)
    patient = Retry(attempts=50, first_wait=1.0, longest_wait=60.0)
    with shop.adapter(retry=patient, most_waiting=180.0) as adapter, pytest.raises(BigCommerceError, match="429"):
        adapter.catalogue()
    assert shop.waits == [50.0, 50.0, 50.0]


def test_a_quota_that_is_all_but_used_is_waited_for_before_it_is_refused() -> None:
    with store(1000, quota=3, window=timedelta(seconds=30)) as shop, shop.adapter() as adapter:
        assert len(adapter.catalogue()) == 1000
        assert {each.status for each in shop.sandbox.log.entries()} == {200}
    assert shop.waits == [30.0]


def product_page(*products: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    count = len(products)
    pagination = {"total": count if total is None else total, "count": count, "per_page": 250, "current_page": 1}
    return {"data": list(products), "meta": {"pagination": pagination}}


WHOLE = {
    "id": 1, "sku": "A", "name": "Fern", "total_sold": 1, "related_products": [-1], "sort_order": 0,
    "is_featured": False, "is_visible": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "no list of BigCommerce"),
        ({}, "no list of BigCommerce"),
        ({"data": []}, "no list of BigCommerce"),
        ({"data": {}, "meta": {"pagination": {"total": 0, "per_page": 50, "current_page": 1}}}, "no list"),
        (product_page({"sku": "A"}), "records without an id"),
        (product_page({**WHOLE, "id": "1"}), "records without an id"),
        (product_page({**WHOLE, "total_sold": None}), "product 1 has no usable total_sold"),
        (product_page({**WHOLE, "is_featured": "no"}), "product 1 has no usable is_featured"),
        (product_page({name: value for name, value in WHOLE.items() if name != "sort_order"}), "no usable sort_order"),
        (product_page(WHOLE, WHOLE), "page 1 repeats what came before"),
        (product_page(WHOLE, total=0), "page 1 has 1 of 0"),
    ],
)
def test_json_that_is_no_catalogue_is_no_empty_catalogue(httpserver: HTTPServer, body: Any, said: str) -> None:
    httpserver.expect_request("/stores/abc/v3/catalog/products").respond_with_json(body)
    adapter = BigCommerce(BigcommerceSettings(), url=httpserver.url_for("/"), token=SecretStr(CANARY), store_hash="abc")
    with adapter, pytest.raises(BigCommerceError, match=said):
        adapter.catalogue()


def test_no_token_stands_in_an_error_or_a_log(shop: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = f'{{"title": "token {CANARY} of jane@example.com is bad"}}'
    for fault in ({"status": 422, "body": body}, {"status": 401, "body": body}):
        shop.fault("status", **fault)
        with shop.adapter(token=CANARY) as adapter, pytest.raises(BigCommerceError) as error:
            adapter.catalogue()
        shown = "".join(traceback.format_exception(error.value))
        assert CANARY not in shown
        assert "jane@" not in shown
    with pytest.raises(BigCommerceError, match=r"OPS_RETAIL__BIGCOMMERCE__TOKEN in \.env is empty or holds") as error:
        shop.adapter(token=f"{CANARY}\nx")
    assert CANARY not in "".join(traceback.format_exception(error.value))
    assert CANARY not in caplog.text


def test_an_address_that_is_none_names_its_setting() -> None:
    with pytest.raises(BigCommerceError, match=r"retail\.bigcommerce\.url is no URL of a server"):
        BigCommerce(BigcommerceSettings(), url="api.example", token=SecretStr("x"), store_hash="abc")
