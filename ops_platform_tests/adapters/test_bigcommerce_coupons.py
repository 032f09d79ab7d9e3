"""Coupons and promotions over real HTTP: made once whatever is lost on the way; only the named deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.adapters.bigcommerce import BigCommerceError, BigCommerceRefusedError, NewCoupon, NewPromotion
from ops_platform.adapters.bigcommerce_coupons import COUPON_COLUMNS
from ops_platform.adapters.bigcommerce_promotions import PROMOTION_COLUMNS
from ops_platform.adapters.http import Retry
from ops_platform.retail import snapshots
from ops_platform_tests.patience import patience
from ops_platform_tests.sandbox.bigcommerce_parts import BREAKS, Store, coupon
from ops_platform_tests.sandbox.parts import NOON

EXPIRES = datetime(2026, 1, 6, 17, 0, tzinfo=UTC)
NEW = NewCoupon("K7Q2M9XA", "Back in Stock(10093, 5f3c)", Decimal(10), EXPIRES, min_purchase=Decimal(100))
CAMPAIGN = NewPromotion("Back in Stock 2026-01", NOON, EXPIRES, Decimal(10), Decimal(100))


@pytest.fixture
def shop(module_store: Store) -> Store:
    return module_store.begin(0)


def test_every_coupon_is_read_page_by_page_with_its_date(shop: Store) -> None:
    shop.state.add_coupons(
        coupon(3, expires="Sat, 03 Jan 2026 10:00:00 -0500", num_uses=2, max_uses=5, min_purchase="100.0000"),
        coupon(4, expires=""),
        coupon(5, expires="Sat, 03 Jan 2026 10:00:00"),
        coupon(6, expires="whenever"),
        *(coupon(number) for number in range(1000, 1600)),
    )
    with shop.adapter() as adapter:
        frame = adapter.coupons()
        assert adapter.calls == 3
    assert list(frame.columns) == COUPON_COLUMNS
    assert len(frame) == 604
    first = frame.iloc[0]
    assert (first["coupon_id"], first["code"], first["amount"], first["uses"], first["max_uses"]) == (
        3, "CODE3", Decimal("10.0000"), 2, 5,
    )  # fmt: skip
    assert first["expires"] == datetime(2026, 1, 3, 15, 0, tzinfo=UTC)
    assert first["min_purchase"] == Decimal(100)
    assert list(frame["expires"][1:4]) == [None, datetime(2026, 1, 3, 10, 0, tzinfo=UTC), None]
    assert list(frame["expires_text"][1:4]) == ["", "Sat, 03 Jan 2026 10:00:00", "whenever"]


def test_no_coupons_are_an_empty_frame_and_a_full_last_page_asks_once_more(shop: Store) -> None:
    with shop.adapter() as adapter:
        assert adapter.coupons().empty
        shop.state.add_coupons(*(coupon(number) for number in range(1, 251)))
        assert len(adapter.coupons()) == 250
        assert adapter.calls == 3


@pytest.mark.parametrize("body", ['{"data": []}', "[1]", '[{"code": "X"}]', '"none"'])
def test_json_that_is_no_list_of_coupons_is_not_no_coupons(shop: Store, body: str) -> None:
    shop.fault("status", status=200, body=body, headers={"content-type": "application/json"})
    with shop.adapter() as adapter, pytest.raises(BigCommerceError, match="no list of coupons"):
        adapter.coupons()


def test_a_list_that_does_not_go_on_is_an_error(shop: Store) -> None:
    shop.state.add_coupons(*(coupon(number) for number in range(1, 261)))
    page = shop.ask("GET", "v2/coupons", params={"limit": 250}).text
    shop.fault("status", status=200, times=None, body=page, headers={"content-type": "application/json"})
    with shop.adapter() as adapter, pytest.raises(BigCommerceError, match="does not go on: asked from 251"):
        adapter.coupons()


def test_a_coupon_is_made_as_it_was_asked_for(shop: Store) -> None:
    with shop.adapter() as adapter:
        made = adapter.create_coupon(NEW)
        assert (made.code, made.made) == ("K7Q2M9XA", True)
        assert adapter.calls == 1
    [found] = shop.state.records("coupons")
    assert found["id"] == made.coupon_id
    assert [found[name] for name in ("amount", "min_purchase", "expires", "max_uses", "max_uses_per_customer")] == [
        "10.0000", "100.0000", "Tue, 06 Jan 2026 17:00:00 +0000", 1, 1,
    ]  # fmt: skip


def test_asked_for_again_the_same_coupon_is_found_and_another_one_refused(shop: Store) -> None:
    with shop.adapter() as adapter:
        first = adapter.create_coupon(NEW)
        again = adapter.create_coupon(NEW)
        assert (again.coupon_id, again.made) == (first.coupon_id, False)
        with pytest.raises(BigCommerceRefusedError, match="another coupon has the code") as error:
            adapter.create_coupon(replace(NEW, amount=Decimal(20)))
        assert error.value.status == 409
        with pytest.raises(BigCommerceRefusedError, match="The name is used by another coupon") as error:
            adapter.create_coupon(replace(NEW, code="OTHER"))
        assert error.value.status == 409
    assert len(shop.state.records("coupons")) == 1


LOST: list[dict[str, Any]] = [
    *BREAKS,
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "accepted": True},
    {"kind": "status", "status": 503},
]
IDS = ["-".join(map(str, fault.values())) for fault in LOST]


@pytest.mark.parametrize("fault", LOST, ids=IDS)
def test_a_lost_answer_never_makes_a_second_coupon_nor_loses_the_first(shop: Store, fault: dict[str, Any]) -> None:
    shop.fault(**fault, method="POST", times=2)
    with shop.adapter(timeout_seconds=patience(fault)) as adapter:
        made = adapter.create_coupon(NEW)
    assert [each["id"] for each in shop.state.records("coupons")] == [made.coupon_id]


@pytest.mark.parametrize("fault", LOST, ids=IDS)
def test_what_stays_wrong_is_an_error_with_at_most_one_coupon_made(shop: Store, fault: dict[str, Any]) -> None:
    shop.fault(**fault, method="POST", times=None)
    with shop.adapter(timeout_seconds=patience(fault, short=0.3)) as adapter:
        if fault["kind"] in {"timeout_after", "reset", "short_body", "malformed_json"} or fault.get("accepted"):
            assert adapter.create_coupon(NEW).made
        else:
            with pytest.raises(BigCommerceError, match="bigcommerce"):
                adapter.create_coupon(NEW)
    assert len(shop.state.records("coupons")) <= 1


def test_a_refused_coupon_is_not_tried_again(shop: Store) -> None:
    with shop.adapter() as adapter:
        with pytest.raises(BigCommerceRefusedError, match="The field 'code' is invalid"):
            adapter.create_coupon(replace(NEW, code="ÄÖÜ"))
        assert shop.asked("POST") == ["v2/coupons"]


def test_only_the_named_coupons_are_deleted_four_hundred_at_once(shop: Store) -> None:
    shop.state.add_coupons(*(coupon(number) for number in range(1, 861)))
    with shop.adapter() as adapter:
        results = adapter.delete_coupons([*range(1, 851), 7, 999])
        assert adapter.calls == 3
        assert adapter.delete_coupons([]).empty
        assert adapter.calls == 3
    assert set(results["status"]) == {"deleted"}
    assert len(results) == 851
    assert [each["id"] for each in shop.state.records("coupons")] == list(range(851, 861))


def test_coupons_that_cannot_be_deleted_together_are_deleted_by_halves(shop: Store) -> None:
    shop.state.add_coupons(*(coupon(number) for number in range(1, 9)))
    shop.fault("status", status=400, method="DELETE", times=2)
    with shop.adapter() as adapter:
        results = adapter.delete_coupons(range(1, 9))
        assert adapter.calls == 5
    assert set(results["status"]) == {"deleted"}
    assert shop.state.records("coupons") == []


def test_a_coupon_that_is_gone_counts_as_deleted_and_one_that_is_kept_is_told(shop: Store) -> None:
    shop.fault("status", status=400, method="DELETE")
    with shop.adapter() as adapter:
        assert adapter.delete_coupons([3]).to_numpy().tolist() == [[3, "deleted", "it was gone already"]]
        shop.fault("status", status=400, method="DELETE", times=2)
        assert adapter.delete_coupons([3]).to_numpy().tolist() == [[3, "failed", "no reason was given"]]


def test_a_server_that_goes_away_while_coupons_are_deleted_leaves_the_rest_told_as_failed(shop: Store) -> None:
    shop.state.add_coupons(*(coupon(number) for number in range(1, 451)))
    shop.fault("status", status=503, method="DELETE", after=1, times=None)
    with shop.adapter() as adapter:
        results = adapter.delete_coupons(range(1, 451))
        assert list(results["status"]) == ["deleted"] * 400 + ["failed"] * 50
        assert "503" in results["detail"][449]
        with pytest.raises(BigCommerceError, match="503"):
            adapter.delete_coupons([450])


@pytest.mark.parametrize("fault", LOST, ids=IDS)
def test_a_single_try_asks_once_and_says_whether_it_may_have_been_done(shop: Store, fault: dict[str, Any]) -> None:
    shop.fault(**fault, method="POST")
    with shop.adapter(timeout_seconds=patience(fault, short=0.3), retry=Retry(attempts=1)) as adapter:
        try:
            made = adapter.create_coupon(NEW, tries=1)
        except BigCommerceError as error:
            assert error.maybe_done is (fault.get("status") != 429)
            assert adapter.find_coupon(NEW) is None
        else:
            assert adapter.find_coupon(NEW) == made.coupon_id
    assert shop.asked("POST") == ["v2/coupons"]


def test_a_promotion_is_made_once_and_its_codes_are_limited(shop: Store) -> None:
    with shop.adapter() as adapter:
        number = adapter.create_promotion(CAMPAIGN)
        assert adapter.create_promotion(CAMPAIGN) == number
        results = adapter.add_codes(number, ["AAAA", "BBBB", "AAAA"])
        assert list(results["status"]) == ["made", "made"]
        assert list(adapter.add_codes(number, ["AAAA", "CCCC", "Ä"])["status"]) == ["there", "made", "failed"]
        codes = adapter.codes(number)
    assert list(codes["code"]) == ["AAAA", "BBBB", "CCCC"]
    assert set(codes["max_uses"]) == {1}
    assert set(codes["max_uses_per_customer"]) == {1}
    [promotion] = shop.state.records("promotions")
    assert promotion["coupon_type"] == "BULK"
    assert promotion["rules"][0]["condition"] == {"cart": {"minimum_spend": "100"}}


def test_codes_are_read_behind_their_cursor_and_deleted_before_their_promotion(shop: Store) -> None:
    with shop.adapter() as adapter:
        number = adapter.create_promotion(CAMPAIGN)
        for start in (0, 250, 500):
            body = {"batch_size": 250 if start < 500 else 20}
            assert shop.ask("POST", f"v3/promotions/{number}/codegen", json=body).status_code == 201
        before = adapter.calls
        codes = adapter.codes(number)
        assert (len(codes), adapter.calls - before) == (520, 3)
        refused = adapter.delete_promotions([number])
        assert list(refused["status"]) == ["failed"]
        assert "codes are still present" in refused["detail"][0]
        assert set(adapter.delete_codes(number, codes["code_id"])["status"]) == {"deleted"}
        assert list(adapter.delete_promotions([number])["status"]) == ["deleted"]
    assert shop.state.records("promotions") == shop.state.records("codes") == []


@pytest.mark.parametrize("fault", LOST, ids=IDS)
def test_a_lost_answer_makes_no_second_promotion_and_no_second_code(shop: Store, fault: dict[str, Any]) -> None:
    with shop.adapter(timeout_seconds=patience(fault)) as adapter:
        shop.fault(**fault, method="POST", times=2)
        number = adapter.create_promotion(CAMPAIGN)
        shop.sandbox.faults.switch_off()
        shop.fault(**fault, method="POST", times=2)
        assert list(adapter.add_codes(number, ["AAAA"])["status"]) == ["made"]
    assert [each["id"] for each in shop.state.records("promotions")] == [number]
    assert [each["code"] for each in shop.state.records("codes")] == ["AAAA"]


@given(st.sets(st.integers(1, 2000), max_size=600))
@settings(max_examples=15, deadline=None)
def test_paging_gives_every_coupon_once_whatever_their_numbers(module_store: Store, numbers: set[int]) -> None:
    coupons = module_store.begin(0)
    coupons.state.add_coupons(*(coupon(number) for number in numbers))
    with coupons.adapter() as adapter:
        assert list(adapter.coupons()["coupon_id"]) == sorted(numbers)


def test_a_date_of_any_zone_is_written_in_utc(shop: Store) -> None:
    with shop.adapter() as adapter:
        east = datetime.fromisoformat("2026-01-06T12:00:00-05:00")
        adapter.create_coupon(replace(NEW, expires=east))
        assert adapter.coupons()["expires"][0] - EXPIRES == timedelta(0)


def test_promotions_are_read_with_their_end_and_only_those_with_codes(shop: Store) -> None:
    with shop.adapter() as adapter:
        number = adapter.create_promotion(CAMPAIGN)
        shop.state.put("promotions", {"name": "Ten percent", "redemption_type": "AUTOMATIC", "end_date": None})
        shop.state.put("promotions", {"name": "No end", "redemption_type": "COUPON", "end_date": None})
        frame = adapter.promotions()
        assert list(frame.columns) == PROMOTION_COLUMNS == list(snapshots.PROMOTIONS)
        assert frame.to_numpy().tolist() == [[number, CAMPAIGN.name, EXPIRES, 0], [number + 2, "No end", None, 0]]
        assert adapter.find_promotion(CAMPAIGN.name) == number
        assert adapter.find_promotion("Back in Stock") is None
        assert not adapter.has_code(number, "AAAA")
        adapter.add_codes(number, ["AAAA"], tries=1)
        assert adapter.has_code(number, "AAAA")


def test_the_columns_of_coupons_are_those_the_rules_expect() -> None:
    assert list(snapshots.COUPONS) == COUPON_COLUMNS
