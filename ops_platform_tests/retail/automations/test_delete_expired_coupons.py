"""Item 19: coupons whose end has passed are deleted, four hundred a request; whatever is doubtful is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.delete_expired_coupons import AUTOMATION
from ops_platform.retail.notes import CODES
from ops_platform_tests.retail.request_rows import at, coupons, promotions
from ops_platform_tests.retail.store import noted, planned

NIGHT = at("2026-05-14 21:00")
PAST, COMING = NIGHT - timedelta(days=1), NIGHT + timedelta(days=1)


def plan(*rows: dict[str, Any], rules: dict[str, Any] | None = None, api: str = "v2", **inputs: Any) -> Plan:
    """The plan of a night; everything may be deleted at once."""
    sections = {"expired_coupons": {"max_share": 1.0, **(rules or {})}, "stock_notifications": {"coupon_api": api}}
    return planned(AUTOMATION, {"coupons": coupons(*rows), **inputs}, NIGHT, **sections)


def deleted(found: Plan) -> list[int]:
    """Ids of the coupons that are to go."""
    return [coupon["coupon_id"] for payload in found.effects["payload"] for coupon in payload.get("coupons", [])]


def test_of_120_coupons_the_seven_expired_ones_go() -> None:
    ends: list[datetime | None] = [PAST] * 7 + [None] * 3 + [COMING] * 110
    found = plan(*({"expires": each} for each in ends), rules={"max_share": 0.5})
    assert deleted(found) == [1, 2, 3, 4, 5, 6, 7]
    assert (found.considered, found.figures["expired"], found.figures["without_an_end"]) == (120, 7, 3)
    assert found.held is None


def test_without_expired_coupons_nothing_is_done() -> None:
    assert len(plan({"expires": COMING}, {"expires": None}).effects) == 0
    assert len(plan().effects) == 0


@pytest.mark.parametrize(
    ("expires", "goes"),
    [
        (NIGHT - timedelta(seconds=1), True),
        (NIGHT, False),
        (NIGHT + timedelta(seconds=1), False),
        (datetime(2026, 5, 15, 0, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 5, 15, 1, 0, 0, tzinfo=UTC), False),
        (datetime(2026, 5, 15, 10, 59, 59, tzinfo=timezone(timedelta(hours=10))), True),
    ],
)
def test_the_instant_counts_whatever_zone_it_is_written_in(expires: datetime, goes: bool) -> None:
    assert bool(deleted(plan({"expires": expires}))) is goes


def test_three_thousand_are_deleted_in_eight_requests_and_all_that_is_known_of_them_is_kept() -> None:
    found = plan(*({"expires": PAST, "uses": place % 2} for place in range(3000)))
    assert [len(payload["coupons"]) for payload in found.effects["payload"]] == [400] * 7 + [200]
    assert found.effects["key"].is_unique
    first = found.effects["payload"][0]["coupons"][0]
    assert first == {
        "coupon_id": 1, "code": "CODE1", "name": "Coupon 1", "type": "per_total_discount", "amount": "10",
        "min_purchase": "100", "expires_text": "Wed, 13 May 2026 21:00:00 -0400", "uses": 0, "max_uses": 1,
    }  # fmt: skip
    assert found.figures["redeemed"] == 1500


def test_only_those_of_a_prefix_go_when_one_is_set() -> None:
    rows = [{"expires": PAST, "name": "Back in Stock(A, 5f)"}, {"expires": PAST, "name": "Staff party"}]
    assert deleted(plan(*rows, rules={"only_prefix": "Back in Stock("})) == [1]
    assert deleted(plan(*rows)) == [1, 2]


def test_a_plan_over_half_of_all_coupons_waits_for_a_person() -> None:
    rows = [{"expires": PAST}] * 51 + [{"expires": COMING}] * 49
    assert "51 of 100 coupons" in (plan(*rows, rules={"max_share": 0.5}).held or "")
    assert plan(*rows[1:], {"expires": COMING}, rules={"max_share": 0.5}).held is None


def test_a_few_expired_coupons_of_a_small_shop_do_not_wait() -> None:
    assert plan({"expires": PAST}, rules={"max_share": 0.5}).held is None


def test_an_end_that_cannot_be_read_is_kept_and_told() -> None:
    found = plan({"expires": None, "expires_text": "whenever", "name": "Back in Stock(A, jane@x.example)"})
    assert deleted(found) == []
    assert noted(found) == {("coupon_end_unreadable", "1")}
    assert found.notes["detail"].tolist() == ["CODE1: whenever"]  # notes are kept and shown: no address in them


def test_an_end_without_a_zone_is_taken_as_utc_and_told() -> None:
    moment = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)
    text = "Thu, 14 May 2026 12:00:00"
    found = plan({"expires": moment, "expires_text": text, "name": "Back in Stock(A, jane@x.example)"})
    assert deleted(found) == [1]
    assert found.notes["detail"].tolist() == [f"CODE1: {text}"]
    assert noted(found) == {("coupon_end_without_zone", "1")}
    assert set(found.notes["code"]) <= CODES.keys()


def test_a_night_has_one_key_for_the_same_coupons_whatever_their_order() -> None:
    rows = [{"expires": PAST, "coupon_id": number} for number in (5, 6)]
    assert plan(*rows).effects["key"].tolist() == plan(*reversed(rows)).effects["key"].tolist()


def test_of_promotions_only_our_ended_ones_go() -> None:
    rows = promotions(
        {"name": "Back in Stock until 2026-05-13 11:30", "ends": PAST, "uses": 3},
        {"name": "Back in Stock until 2026-05-15 11:30", "ends": COMING},
        {"name": "Back in Stock for ever", "ends": None},
        {"name": "Spring sale", "ends": PAST},
    )
    found = plan(api="v3", promotions=rows)
    [payload] = found.effects["payload"]
    assert payload["api"] == "v3"
    assert [(each["promotion_id"], each["uses"]) for each in payload["promotions"]] == [(1, 3)]


def test_promotions_that_go_count_for_a_plan_that_waits() -> None:
    ours = [{"name": f"Back in Stock until {number}", "ends": PAST} for number in range(8)]
    rows = [{"expires": PAST}] * 8 + [{"expires": COMING}] * 10
    assert plan(*rows, api="v3", promotions=promotions(), rules={"max_share": 0.5}).held is None
    held = plan(*rows, api="v3", promotions=promotions(*ours), rules={"max_share": 0.5}).held or ""
    assert "16 of 26 coupons and promotions" in held
    others = [{"name": "Spring sale", "ends": COMING}] * 6
    assert plan(*rows, api="v3", promotions=promotions(*ours, *others), rules={"max_share": 0.5}).held is None


def _v2() -> Any:
    from ops_platform.settings_retail import RetailSettings

    return RetailSettings()


def test_promotions_are_only_read_where_codes_of_promotions_are_used() -> None:
    assert set(AUTOMATION.needs(_v2(), NIGHT)) == {"coupons"}


_moments = st.one_of(st.none(), st.integers(-3, 3).map(lambda hours: NIGHT + timedelta(hours=hours)))


@settings(max_examples=50, deadline=None)
@given(st.lists(_moments, max_size=20))
def test_never_one_that_has_not_ended(ends: list[datetime | None]) -> None:
    found = plan(*({"expires": each} for each in ends))
    assert deleted(found) == [place + 1 for place, each in enumerate(ends) if each is not None and each < NIGHT]
