"""BigCommerce's stand-in: what the API says of right and wrong requests, its quota, and that its state outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops_platform.sandbox.bigcommerce import BigcommerceSandbox
from ops_platform_tests.sandbox.bigcommerce_parts import Store, coupon, product, store
from ops_platform_tests.sandbox.parts import Clock

PRODUCTS = "v3/catalog/products"


@pytest.fixture(scope="module")
def served() -> Iterator[Store]:
    with store(quota=1_000_000) as found:
        yield found


@pytest.fixture
def shop(served: Store) -> Store:
    return served.begin(12)


def test_products_come_in_pages_of_fifty_unless_asked_otherwise(shop: Store) -> None:
    shop.state.add_products(*(product(number) for number in range(200, 250)))
    first = shop.ask("GET", PRODUCTS).json()
    assert (len(first["data"]), first["meta"]["pagination"]["total"]) == (50, 62)
    last = shop.ask("GET", PRODUCTS, params={"limit": 50, "page": 2}).json()
    assert [each["id"] for each in last["data"]] == list(range(238, 250))
    assert last["meta"]["pagination"] | {"links": {}} == {
        "total": 62, "count": 12, "per_page": 50, "current_page": 2, "total_pages": 2, "links": {},
    }  # fmt: skip
    assert shop.ask("GET", PRODUCTS, params={"limit": 251}).status_code == 422
    assert shop.ask("GET", PRODUCTS, params={"limit": 250}).status_code == 200


def test_include_fields_gives_the_id_and_those_and_refuses_others(shop: Store) -> None:
    [found] = shop.ask("GET", PRODUCTS, params={"id:in": "101", "include_fields": "sku,total_sold"}).json()["data"]
    assert found == {"id": 101, "sku": "P101", "total_sold": 0}
    assert shop.ask("GET", PRODUCTS, params={"include_fields": "id"}).status_code == 422
    assert shop.ask("GET", PRODUCTS, params={"include_fields": "cost"}).status_code == 422


def test_products_are_filtered(shop: Store) -> None:
    def ids(**params: str) -> list[int]:
        given = {name.replace("__", ":"): value for name, value in params.items()}
        return [each["id"] for each in shop.ask("GET", PRODUCTS, params=given).json()["data"]]

    since = (shop.clock.at + timedelta(hours=1)).isoformat()
    shop.clock.at += timedelta(hours=1)
    assert shop.ask("PUT", f"{PRODUCTS}/104", json={"is_featured": True}).status_code == 200
    assert ids(is_featured="true") == [104]
    assert ids(sku__in="P102,P105") == [102, 105]
    assert ids(id__in="101,999") == [101]
    assert ids(date_modified__min=since) == [104]


def put(shop: Store, *bodies: dict[str, Any]) -> httpx.Response:
    return shop.ask("PUT", PRODUCTS, json=list(bodies))


def test_a_batch_of_ten_is_written_and_one_of_eleven_refused_whole(shop: Store) -> None:
    answer = put(shop, *({"id": 101 + place, "total_sold": 7} for place in range(10)))
    assert (answer.status_code, len(answer.json()["data"])) == (200, 10)
    assert put(shop, *({"id": 101 + place, "total_sold": 9} for place in range(11))).status_code == 413
    assert set(shop.values("total_sold").values()) == {7, 0}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"total_sold": 1}, 422, "1.id"),
        ({"id": 102, "total_sold": "5"}, 422, "1.total_sold"),
        ({"id": 102, "total_sold": -1}, 422, "1.total_sold"),
        ({"id": 102, "sort_order": 2**31}, 422, "1.sort_order"),
        ({"id": 102, "is_featured": "yes"}, 422, "1.is_featured"),
        ({"id": 102, "related_products": list(range(1, 52))}, 422, "1.related_products"),
        ({"id": 102, "availability": "soon"}, 422, "1.availability"),
        ({"id": 102, "availability_description": "x" * 256}, 422, "1.availability_description"),
        ({"id": 102, "sku": "p101"}, 409, "sku"),
        ({"id": 102, "name": "Plant 101"}, 409, "name"),
        ({"id": 999, "total_sold": 1}, 404, None),
    ],
)
def test_one_bad_product_refuses_its_whole_batch_and_says_where(
    shop: Store, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = put(shop, {"id": 103, "total_sold": 4}, body)
    assert answer.status_code == status
    assert field is None or field in answer.json()["errors"]
    assert shop.state.product(103)["total_sold"] == 0


def test_a_scripted_product_makes_a_207_with_the_others_done(shop: Store) -> None:
    shop.state.refused[102] = "locked by another app"
    answer = put(shop, {"id": 101, "sort_order": -5}, {"id": 102, "sort_order": -4})
    assert answer.status_code == 207
    assert [each["id"] for each in answer.json()["data"]] == [101]
    assert "locked by another app" in answer.json()["errors"]["1.id"]
    assert shop.ask("PUT", f"{PRODUCTS}/102", json={"sort_order": -4}).status_code == 422
    shop.fault("partial", code="103")
    assert put(shop, {"id": 103, "sort_order": -5}, {"id": 101, "sort_order": -9}).status_code == 207
    assert [shop.state.product(number)["sort_order"] for number in (101, 102, 103)] == [-9, 0, 0]


def test_no_more_than_25_products_are_featured(shop: Store) -> None:
    shop.state.add_products(*(product(number, is_featured=True) for number in range(300, 325)))
    assert put(shop, {"id": 101, "is_featured": True}).status_code == 422
    assert put(shop, {"id": 101, "is_featured": True}, {"id": 300, "is_featured": False}).status_code == 200


def test_a_product_is_made_changed_and_deleted(shop: Store) -> None:
    assert shop.ask("POST", PRODUCTS, json={"name": "Fern"}).status_code == 422
    fern = {"name": "Fern", "type": "physical", "weight": 1, "price": 9.95}
    made = shop.ask("POST", PRODUCTS, json=fern).json()["data"]
    assert (made["price"], made["total_sold"]) == (9.95, 0)
    assert shop.ask("POST", PRODUCTS, json=fern).status_code == 409
    assert shop.ask("PUT", f"{PRODUCTS}/{made['id']}", json={"sku": "FERN"}).json()["data"]["sku"] == "FERN"
    assert shop.ask("DELETE", f"{PRODUCTS}/{made['id']}").status_code == 204
    assert shop.ask("GET", f"{PRODUCTS}/{made['id']}").status_code == 404
    assert shop.ask("DELETE", PRODUCTS, params={"id:in": "101,102"}).status_code == 204
    assert len(shop.values("sku")) == 10


def test_variants_and_brands(shop: Store) -> None:
    variants = shop.ask("GET", "v3/catalog/variants", params={"product_id:in": "101"}).json()["data"]
    assert [(each["product_id"], each["sku"]) for each in variants] == [(101, "P101")]
    number = variants[0]["id"]
    answer = shop.ask("PUT", "v3/catalog/variants", json=[{"id": number, "inventory_level": 3}])
    assert answer.json()["data"][0]["inventory_level"] == 3
    assert shop.ask("PUT", "v3/catalog/variants", json=[{"id": number}] * 51).status_code == 413
    assert shop.ask("PUT", "v3/catalog/variants", json=[{"id": 9999}]).status_code == 422
    assert shop.ask("POST", "v3/catalog/brands", json={"name": "Bonnie"}).status_code == 200
    assert shop.ask("POST", "v3/catalog/brands", json={"name": "bonnie"}).status_code == 409
    assert [each["name"] for each in shop.ask("GET", "v3/catalog/brands").json()["data"]] == ["Bonnie"]


NEW = {
    "name": "Back in stock", "code": "ABCD2345", "type": "per_total_discount", "amount": "10", "min_purchase": "100",
    "applies_to": {"entity": "categories", "ids": [0]}, "expires": "Sat, 10 Jan 2026 12:00:00 +0000", "max_uses": 1,
}  # fmt: skip


def test_coupons_are_listed_from_an_id_and_none_is_a_204_without_a_body(shop: Store) -> None:
    answer = shop.ask("GET", "v2/coupons")
    assert (answer.status_code, answer.content) == (204, b"")
    shop.state.add_coupons(*(coupon(number) for number in range(1, 61)))
    assert len(shop.ask("GET", "v2/coupons").json()) == 50
    rest = shop.ask("GET", "v2/coupons", params={"min_id": 51, "limit": 5}).json()
    assert [each["id"] for each in rest] == [51, 52, 53, 54, 55]
    assert shop.ask("GET", "v2/coupons", params={"min_id": 61}).status_code == 204
    assert [each["id"] for each in shop.ask("GET", "v2/coupons", params={"code": "CODE7"}).json()] == [7]
    assert shop.ask("GET", "v2/coupons/count").json() == {"count": 60}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 201),
        ({"amount": 10}, 400),
        ({"min_purchase": 100}, 400),
        ({"code": "ÄÖ"}, 400),
        ({"code": "A" * 51}, 400),
        ({"name": "n" * 101}, 400),
        ({"expires": "tomorrow"}, 400),
        ({"type": "gift"}, 400),
        ({"applies_to": None}, 400),
        ({"code": "code1"}, 409),
        ({"name": "COUPON 1"}, 409),
    ],
)
def test_a_coupon_needs_text_amounts_a_date_and_a_code_of_its_own(
    shop: Store, changed: dict[str, Any], status: int
) -> None:
    shop.state.add_coupons(coupon(1))
    answer = shop.ask("POST", "v2/coupons", json=NEW | changed)
    assert answer.status_code == status
    assert len(shop.state.records("coupons")) == (2 if status == 201 else 1)
    assert status == 201 or "message" in answer.json()[0]


def test_coupons_are_changed_and_deleted(shop: Store) -> None:
    shop.state.add_coupons(*(coupon(number) for number in range(1, 6)))
    assert shop.ask("PUT", "v2/coupons/1", json={"enabled": False}).json()["enabled"] is False
    assert shop.ask("DELETE", "v2/coupons/1").status_code == 204
    assert shop.ask("DELETE", "v2/coupons/1").status_code == 404
    assert shop.ask("DELETE", "v2/coupons", params={"id:in": "2,3,77"}).status_code == 204
    assert [each["id"] for each in shop.state.records("coupons")] == [4, 5]


PROMOTION = {
    "name": "Back in stock 2026-01", "redemption_type": "COUPON", "coupon_type": "BULK", "max_uses": None,
    "rules": [{"action": {"cart_value": {"discount": {"fixed_amount": "10"}}}, "condition": {}}],
}  # fmt: skip


def test_a_code_without_limits_is_unlimited_and_a_made_up_one_is_not(shop: Store) -> None:
    number = shop.ask("POST", "v3/promotions", json=PROMOTION).json()["data"]["id"]
    path = f"v3/promotions/{number}"
    own = shop.ask("POST", f"{path}/codes", json={"code": "MINE"}).json()["data"]
    assert (own["max_uses"], own["max_uses_per_customer"]) == (0, 0)
    made = shop.ask("POST", f"{path}/codegen", json={"batch_size": 3, "prefix": "P-"}).json()["data"]
    assert (made["max_uses"], len(made["codes"])) == (1, 3)
    assert shop.ask("POST", f"{path}/codegen", json={"batch_size": 251}).status_code == 422
    assert shop.ask("POST", f"{path}/codes", json={"code": "mine"}).status_code == 422
    first = shop.ask("GET", f"{path}/codes", params={"limit": 3}).json()
    cursor = first["meta"]["cursor_pagination"]
    rest = shop.ask("GET", f"{path}/codes", params={"limit": 3, "after": cursor["end_cursor"]}).json()
    assert (len(first["data"]), len(rest["data"])) == (3, 1)
    assert "next" not in rest["meta"]["cursor_pagination"]["links"]
    assert [each["code"] for each in shop.ask("GET", "v3/promotions/codes", params={"code": "mine"}).json()["data"]]


def test_a_promotion_is_deleted_after_its_codes_and_fifty_at_once(shop: Store) -> None:
    number = shop.ask("POST", "v3/promotions", json=PROMOTION).json()["data"]["id"]
    code = shop.ask("POST", f"v3/promotions/{number}/codes", json={"code": "MINE"}).json()["data"]["id"]
    assert shop.ask("DELETE", "v3/promotions").status_code == 422
    assert shop.ask("DELETE", "v3/promotions", params={"id:in": ",".join(map(str, range(51)))}).status_code == 422
    assert shop.ask("DELETE", "v3/promotions", params={"id:in": number}).status_code == 422
    assert shop.ask("DELETE", f"v3/promotions/{number}/codes", params={"id:in": code}).status_code == 204
    assert shop.ask("DELETE", "v3/promotions", params={"id:in": number}).status_code == 204
    assert shop.state.records("promotions") == []


def test_the_token_and_the_store_must_be_right(shop: Store) -> None:
    assert shop.ask("GET", PRODUCTS, token="wrong").status_code == 401
    other = httpx.get(f"{shop.url}/stores/other/{PRODUCTS}", headers={"X-Auth-Token": "sandbox"}, trust_env=False)
    assert other.status_code == 401


def test_the_quota_is_told_used_up_and_given_anew() -> None:
    with store(1, quota=2, window=timedelta(seconds=30)) as shop:
        first = shop.ask("GET", PRODUCTS)
        assert {name: first.headers[f"x-rate-limit-{name}"] for name in ("requests-left", "requests-quota")} == {
            "requests-left": "1",
            "requests-quota": "2",
        }
        shop.clock.at += timedelta(seconds=10)
        assert (
            shop.ask("PUT", f"{PRODUCTS}/101", json={"total_sold": 1}).headers["x-rate-limit-time-reset-ms"] == "20000"
        )
        refused = shop.ask("PUT", f"{PRODUCTS}/101", json={"total_sold": 2})
        assert (refused.status_code, refused.headers["x-rate-limit-time-reset-ms"]) == (429, "20000")
        assert shop.state.product(101)["total_sold"] == 1
        shop.clock.at += timedelta(seconds=20)
        assert shop.ask("GET", PRODUCTS).headers["x-rate-limit-requests-left"] == "1"


def test_the_state_outlives_the_sandbox(tmp_path: Path) -> None:
    with store(3, folder=tmp_path) as shop:
        shop.ask("PUT", f"{PRODUCTS}/101", json={"total_sold": 41, "price": 7.35})
        shop.ask("DELETE", f"{PRODUCTS}/102")
        shop.ask("POST", "v2/coupons", json=NEW)
    again = BigcommerceSandbox([product(101), product(102)], folder=tmp_path, clock=Clock())
    assert [each["id"] for each in again.records("products")] == [101, 103]
    assert (again.product(101)["total_sold"], str(again.product(101)["price"])) == (41, "7.35")
    assert [each["code"] for each in again.records("coupons")] == ["ABCD2345"]
    assert again.add_products({"name": "Fern"}) == [104]
    assert again.product(104)["id"] == 104


def test_a_product_needs_a_name_and_a_coupon_its_code() -> None:
    with pytest.raises(ValueError, match="a product has a name"):
        BigcommerceSandbox([{"sku": "X"}])
    with pytest.raises(ValueError, match="a coupon has a code"):
        BigcommerceSandbox(coupons=[{"name": "X"}])


def test_the_page_shows_what_changed_last(shop: Store) -> None:
    shop.clock.at += timedelta(minutes=1)
    shop.ask("PUT", f"{PRODUCTS}/107", json={"total_sold": 4711})
    page = httpx.get(shop.sandbox.url, trust_env=False).text
    assert "4,711 sold" in page
    assert "Plant 107" in page
    assert "coupons" in page


def test_the_index_page_shows_the_coupons_and_products_that_came_last(shop: Store) -> None:
    shop.clock.at += timedelta(hours=1)
    assert shop.ask("PUT", f"{PRODUCTS}/104", json={"is_featured": True, "sort_order": -3}).status_code == 200
    shop.state.add_coupons(coupon(7, expires="Tue, 24 Nov 2026 05:00:00 +0000"), coupon(8, expires=""))
    summary = shop.state.summary()
    assert (summary.facts["coupons"], summary.facts["featured"]) == (2, 1)
    newest, older, first, *_ = summary.rows
    assert (newest[0], newest[2].partition(", ")[2]) == ("coupon 8", "until for ever")
    assert (older[0], older[2]) == ("coupon 7", "10 off, until 2026-11-24")
    assert first[0] == "product 104"
    assert first[2] == "0 sold, place -3, featured"
    codes = [each["code"] for each in shop.state.tables["coupons"].values()]
    assert not any(code in str(summary.rows) for code in codes)
