"""Who is told that an item is back, when, and who waits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.core import effect_keys
from ops_platform.retail.automations.notify_back_in_stock import AUTOMATION
from ops_platform.retail.coupon_codes import coupon_code
from ops_platform.retail.notes import CODES
from ops_platform.retail.request_needs import ItemsTold
from ops_platform.retail.shared_rows import Reject
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.automations.back_in_stock import (
    BOUND,
    JANE,
    NOW,
    URL,
    WHEN,
    of_kind,
    plan,
    request,
    told,
)
from ops_platform_tests.retail.request_rows import (
    SECRET,
    at,
    items_told,
    pages,
    rejects,
    states,
)
from ops_platform_tests.retail.store import catalogue, items, noted, product_map, row, stock


def test_with_five_left_and_a_buffer_of_five_everybody_waits() -> None:
    found = plan(JANE, stock=stock({"A": 5}))
    assert (len(found.effects), found.figures["waiting"]) == (0, 1)


def test_a_mail_that_would_come_on_the_coupons_last_day_is_not_sent() -> None:
    [mail] = of_kind(plan(JANE), "email")
    assert mail["not_after"] == NOW + timedelta(days=2)
    [short] = of_kind(plan(JANE, rules={"expires_days": 1}), "email")
    assert short["not_after"] == NOW + timedelta(hours=12)


def test_duplicates_in_the_file_are_one_mail() -> None:
    found = plan(JANE, JANE, ("2026-05-13 10:00", "JANE@x.example", " a "))
    assert told(found) == ["jane@x.example"]


def test_a_second_run_plans_nothing_for_who_was_told() -> None:
    found = plan(JANE, mails=states({effect_keys.stock_mail(request()): "sent"}))
    assert len(found.effects) == 0


@pytest.mark.parametrize("status", ["held", "planned", "claimed", "unknown"])
def test_while_a_mail_is_under_way_no_second_coupon_is_made(status: str) -> None:
    keys = effect_keys.stock_coupon(request()), effect_keys.stock_mail(request())
    found = plan(JANE, coupons=states({keys[0]: "sent"}), mails=states({keys[1]: status}))
    assert len(found.effects) == 0


@pytest.mark.parametrize("status", ["expired", "suppressed"])
def test_a_mail_that_did_not_get_out_in_time_is_followed_by_another_with_another_coupon(status: str) -> None:
    keys = effect_keys.stock_coupon(request()), effect_keys.stock_mail(request())
    found = plan(JANE, coupons=states({keys[0]: "sent"}), mails=states({keys[1]: status}))
    [coupon] = of_kind(found, "coupon")
    assert coupon["key"] == f"{keys[0]}/2"
    assert coupon["target"] == coupon_code(SECRET, f"{keys[0]}/2") != coupon_code(SECRET, keys[0])
    assert [mail["key"] for mail in of_kind(found, "email")] == [f"{keys[1]}/2"]


def test_after_three_attempts_it_is_left_to_a_person() -> None:
    keys = [effect_keys.stock_mail(request(), attempt) for attempt in (1, 2, 3)]
    found = plan(JANE, mails=states(dict.fromkeys(keys, "expired")))
    assert len(found.effects) == 0
    assert noted(found) == {("notification_failed", request())}


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_mail_that_was_refused_is_told_and_given_up_after_thirty_days(status: str) -> None:
    mails = states({effect_keys.stock_mail(request()): status})
    found = plan(JANE, mails=mails)
    assert noted(found) == {("notification_failed", request())}
    assert len(found.records["given_up"]) == 0
    later = plan(JANE, mails=mails, as_of=at(WHEN) + timedelta(days=30, seconds=1))
    assert later.records["given_up"]["email"].tolist() == ["jane@x.example"]


def test_an_unknown_item_waits_thirty_days_and_is_then_given_up() -> None:
    asked = (WHEN, "jane@x.example", "NOPE")
    exactly = plan(asked, as_of=at(WHEN) + timedelta(days=30))
    assert noted(exactly) == {("unknown_requested_item", request(item="NOPE"))}
    assert len(exactly.records["given_up"]) == 0
    later = plan(asked, as_of=at(WHEN) + timedelta(days=30, seconds=1))
    [gone] = later.records["given_up"].to_dict("records")
    assert (gone["item_no"], gone["code"]) == ("NOPE", "unknown_requested_item")


def test_a_sold_out_item_is_waited_for_however_long() -> None:
    found = plan((WHEN, "jane@x.example", "B"), as_of=at(WHEN) + timedelta(days=400))
    assert (len(found.effects), len(found.records["given_up"]), found.figures["waiting"]) == (0, 0, 1)


@pytest.mark.parametrize(
    "hidden",
    [
        {"items": items(row("A", is_web_item=False))},
        {"items": items(row("A", is_web_visible=False))},
        {"items": items(row("A", status="V"))},
        {"catalogue": catalogue(row(101, sku="A", is_visible=False))},
        {"catalogue": catalogue(row(103, sku="C"))},
        {"pages": pages({101: None})},
        {"rules": {"shop_url": ""}},
    ],
    ids=["no web item", "not enabled", "inactive", "hidden product", "no product", "no page", "no shop"],
)
def test_what_customers_cannot_see_is_waited_for(hidden: dict[str, Any]) -> None:
    found = plan(JANE, **hidden)
    assert len(found.effects) == 0
    assert noted(found) == {("requested_item_not_shown", "A")}


def test_a_size_needs_its_own_stock_and_leads_to_the_page_of_the_whole() -> None:
    found = plan((WHEN, "jane@x.example", "a-3"), (WHEN, "tom@x.example", "A-1"), **BOUND)
    [mail] = of_kind(found, "email")
    shown = mail["payload"]["context"]
    assert (mail["target"], shown["title"], shown["quantity"]) == ("jane@x.example", "Hosta Royal, 3 Gallon", 4)
    assert shown["url"] == f"{URL}/royal/"
    assert mail["payload"]["pictures"][0]["file"] == "/photos/A-3^1.JPG"


@pytest.mark.parametrize("name", ["B0001", "A-P"])
def test_the_whole_product_is_back_when_one_of_its_sizes_is(name: str) -> None:
    found = plan((WHEN, "jane@x.example", name), **BOUND)
    [mail] = of_kind(found, "email")
    assert mail["payload"]["context"]["title"] == "Hosta Royal"
    assert mail["payload"]["context"]["quantity"] == 4
    assert mail["payload"]["pictures"][0]["file"] == "/photos/A-P.jpg"


def test_item_numbers_keep_their_zeros_and_a_float_of_a_spreadsheet_is_found() -> None:
    store = {
        "items": items(row("00123"), row("123", stock_buffer=100)),
        "stock": stock({"00123": 5, "123": 5}),
        "product_map": product_map({"00123": 101, "123": 102}),
    }
    asked = [(WHEN, "jane@x.example", "00123"), (WHEN, "tom@x.example", "123"), (WHEN, "sue@x.example", "00123.0")]
    found = plan(*asked, **store)
    assert sorted(told(found)) == ["jane@x.example", "sue@x.example"]


def test_the_oldest_requests_come_first_and_the_rest_goes_with_the_next_run() -> None:
    asked = [(f"2026-05-{day:02} 08:00", f"p{day}@x.example", "A") for day in (12, 10, 11)]
    found = plan(*asked, rules={"max_per_run": 2})
    assert told(found) == ["p10@x.example", "p11@x.example"]
    assert found.figures["for_the_next_run"] == 1


def test_everybody_is_told_of_the_last_two_unless_set_otherwise() -> None:
    asked = [(WHEN, f"p{number:02}@x.example", "A") for number in range(30)]
    assert len(told(plan(*asked, stock=stock({"A": 7})))) == 30
    assert len(told(plan(*asked, stock=stock({"A": 7}), rules={"max_per_unit": 2}))) == 4


@pytest.mark.parametrize(("told_before", "left", "now"), [(0, 2, 2), (1, 2, 1), (2, 2, 0), (2, 1, 0), (2, 3, 1)])
def test_a_plant_that_is_promised_to_somebody_is_not_promised_to_the_next_on_the_day_after(
    told_before: int, left: int, now: int
) -> None:
    asked = [(WHEN, f"p{number:02}@x.example", "A") for number in range(30)]
    before = items_told({"A": told_before, "B": 9})
    found = plan(*asked, stock=stock({"A": 5 + left}), told=before, rules={"max_per_unit": 1})
    assert (len(told(found)), found.figures["for_the_next_run"]) == (now, 30 - now)
    assert len(told(plan(*asked, stock=stock({"A": 5 + left}), told=before))) == 30


def test_mails_count_as_long_as_their_coupons() -> None:
    rules = RetailSettings.model_validate({"stock_notifications": {"expires_days": 4}})
    assert AUTOMATION.needs(rules, NOW)["told"] == ItemsTold(NOW - timedelta(days=4) + timedelta(hours=1))


def test_rows_that_could_not_be_read_are_told_by_place() -> None:
    bad = Reject("stock_notification_log.csv", 3, "email", "bad_email", "correct it", "2026-05-12,jane@@x,A")
    found = plan(rejected=rejects(bad))
    assert noted(found) == {("bad_email", "stock_notification_log.csv line 3")}
    assert found.records["rejected_rows"]["raw"].tolist() == [bad.raw]
    assert set(found.notes["code"]) <= CODES.keys()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 28), st.sampled_from("abc"), st.sampled_from(["A", "a", "B", "NOPE"])), max_size=12
    ),
    st.integers(0, 9),
    st.integers(1, 5),
)
def test_whoever_asks_and_whatever_is_left_nobody_gets_two_and_no_coupon_is_without_its_mail(
    asked: list[tuple[int, str, str]], left: int, most: int
) -> None:
    rows = [(f"2026-04-{day:02} 08:00", f"{name}@x.example", item) for day, name, item in asked]
    found = plan(*rows, stock=stock({"A": left, "B": 1}), rules={"max_per_run": most})
    mails, coupons = of_kind(found, "email"), of_kind(found, "coupon")
    assert len(mails) <= most
    pairs = [(mail["target"], mail["payload"]["context"]["item_no"]) for mail in mails]
    assert len(set(pairs)) == len(pairs)
    assert {mail["after_key"] for mail in mails} == {coupon["key"] for coupon in coupons}
    assert left > 5 or not any(item == "A" for _, item in pairs)
    assert all(Decimal(coupon["payload"]["amount"]) == 10 for coupon in coupons)
