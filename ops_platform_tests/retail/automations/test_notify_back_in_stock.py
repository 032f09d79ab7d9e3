"""Item 18: who waited hears that an item is back, with a coupon that is made first; who cannot be served waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.core import effect_keys
from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.notify_back_in_stock import AUTOMATION
from ops_platform.retail.coupon_codes import coupon_code
from ops_platform.retail.notes import CODES
from ops_platform.retail.request_needs import ItemsTold
from ops_platform.retail.shared_rows import Reject
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.request_rows import (
    SECRET,
    at,
    customers,
    items_told,
    pages,
    photos,
    rejects,
    requests,
    states,
)
from ops_platform_tests.retail.store import bound, catalogue, items, noted, planned, product_map, row, stock

NOW = at("2026-05-14 11:30")
WHEN = "2026-05-12 08:22:05"
JANE = (WHEN, "jane@x.example", "A")
URL = "https://store.example"


Asked = tuple[str, str, str]


def plan(
    *asked: Asked,
    as_of: datetime = NOW,
    rules: dict[str, Any] | None = None,
    reports: dict[str, Any] | None = None,
    **inputs: Any,
) -> Plan:
    """The plan of a day on which item A (buffer 5) has 6 and its page is /royal/."""
    read = {
        "requests": requests(*asked),
        "rejected": rejects(),
        "items": items(row("A", stock_buffer=5, web_title="Hosta Royal"), row("B", stock_buffer=0)),
        "stock": stock({"A": 6, "B": 0}),
        "product_map": product_map({"A": 101, "B": 102}),
        "catalogue": catalogue(row(101, sku="A"), row(102, sku="B")),
        "pages": pages({101: ("/royal/", "<p>Large, blue-green leaves for shade.</p>"), 102: "/b/"}),
        "photos": photos("A.jpg"),
        "customers": customers(),
        "coupons": states(),
        "mails": states(),
        "told": items_told(),
        **inputs,
    }
    section = {"shop_url": URL, **(rules or {})}
    sections = {"stock_notifications": section, "photos": {"folder": "/photos"}, "reports": reports or {}}
    return planned(AUTOMATION, read, as_of, **sections)


def of_kind(found: Plan, kind: str) -> list[dict[str, Any]]:
    """The effects of a kind."""
    return [{str(k): v for k, v in each.items()} for each in found.effects.to_dict("records") if each["kind"] == kind]


def told(found: Plan) -> list[str]:
    """Who is to be mailed, in order."""
    return [mail["target"] for mail in of_kind(found, "email")]


def request(when: str = WHEN, email: str = "jane@x.example", item: str = "A") -> str:
    """The name of a request."""
    return effect_keys.stock_request(email, item, at(when))


def test_with_five_left_and_a_buffer_of_five_everybody_waits() -> None:
    found = plan(JANE, stock=stock({"A": 5}))
    assert (len(found.effects), found.figures["waiting"]) == (0, 1)


def test_with_six_left_a_coupon_is_made_and_then_one_mail_goes_out() -> None:
    found = plan(JANE)
    [coupon], [mail] = of_kind(found, "coupon"), of_kind(found, "email")
    expires = NOW + timedelta(days=3)
    code = coupon_code(SECRET, effect_keys.stock_coupon(request()))
    assert coupon["target"] == code
    assert {name: coupon["payload"][name] for name in ("code", "amount", "min_purchase", "expires", "max_uses")} == {
        "code": code, "amount": "10", "min_purchase": "100", "expires": expires.isoformat(), "max_uses": 1,
    }  # fmt: skip
    assert coupon["payload"]["max_uses_per_customer"] == 1
    assert mail["after_key"] == coupon["key"]
    assert mail["payload"]["kind_of_mail"] == "customer"
    assert mail["payload"]["context"] == {
        "first_name": None,
        "item_no": "A",
        "title": "Hosta Royal",
        "description": "Large, blue-green leaves for shade.",
        "quantity": 1,
        "url": f"{URL}/royal/",
        "coupon": {"code": code, "amount": "10", "min_purchase": "100", "expires_at": expires.isoformat()},
    }
    assert mail["payload"]["pictures"] == [{"cid": "photo", "file": "/photos/A.jpg", "optional": True}]
    assert coupon["keep_first"]
    assert mail["keep_first"]


def test_the_setting_of_days_drives_the_coupon_and_the_mail() -> None:
    found = plan(JANE, rules={"expires_days": 5, "amount": "12.50", "min_purchase": 80})
    [coupon], [mail] = of_kind(found, "coupon"), of_kind(found, "email")
    ends = (NOW + timedelta(days=5)).isoformat()
    assert coupon["payload"]["expires"] == mail["payload"]["context"]["coupon"]["expires_at"] == ends
    assert mail["payload"]["context"]["coupon"]["amount"] == coupon["payload"]["amount"] == "12.50"
    assert mail["payload"]["context"]["coupon"]["min_purchase"] == "80"


def test_a_mail_that_would_come_on_the_coupons_last_day_is_not_sent() -> None:
    [mail] = of_kind(plan(JANE), "email")
    assert mail["not_after"] == NOW + timedelta(days=2)
    [short] = of_kind(plan(JANE, rules={"expires_days": 1}), "email")
    assert short["not_after"] == NOW + timedelta(hours=12)


def test_no_address_is_in_the_coupons_name_or_in_any_key() -> None:
    found = plan(("2026-05-12 08:22", "jane@x.example", "A"), ("2026-05-12 08:22", "tom@x.example", "A"))
    names = [coupon["payload"]["name"] for coupon in of_kind(found, "coupon")]
    assert len(set(names)) == 2
    assert all(name.startswith("Back in Stock(A, ") and len(name) <= 100 for name in names)
    shown = " ".join([*names, *found.effects["key"], *found.effects["label"], *found.effects["reason"]])
    assert "jane" not in shown
    assert "@" not in shown


@pytest.mark.parametrize(
    ("first", "name"),
    [("JANE", "Jane"), ("mary ann", "Mary"), ("Change", None), ("J", None), ("", None), (None, None)],
)
def test_a_customer_is_greeted_by_the_first_name(first: str | None, name: str | None) -> None:
    found = plan(JANE, customers=customers({"first_name": first, "email_2": "JANE@x.example"}))
    assert of_kind(found, "email")[0]["payload"]["context"]["first_name"] == name


def test_nobody_is_greeted_by_the_name_of_another_with_the_same_address() -> None:
    found = plan(JANE, customers=customers(*({"first_name": n, "email_1": "jane@x.example"} for n in ("Jane", "Tom"))))
    assert of_kind(found, "email")[0]["payload"]["context"]["first_name"] is None


@pytest.mark.parametrize("exclusion", ["A", " a "])
def test_an_excluded_item_gets_its_mail_without_a_coupon(exclusion: str) -> None:
    found = plan(JANE, rules={"coupon_exclusions": [exclusion]})
    [mail] = of_kind(found, "email")
    assert of_kind(found, "coupon") == []
    assert (mail["after_key"], mail["payload"]["context"]["coupon"]) == (None, None)


def test_an_item_number_that_yaml_takes_for_a_number_is_excluded() -> None:
    found = plan((WHEN, "jane@x.example", "10093"), items=items("10093"), stock=stock({"10093": 9}),
                 product_map=product_map({"10093": 101}), rules={"coupon_exclusions": [10093]})  # fmt: skip
    assert len(found.effects) == 1


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


BOUND = {
    "items": items(
        *bound(
            "B0001",
            row("A-1", variant_name="1 Gallon", stock_buffer=0),
            row("A-3", variant_name="3 Gallon", stock_buffer=0),
            parent="A-P",
        )
    ),
    "stock": stock({"A-1": 0, "A-3": 4}),
    "product_map": product_map({"B0001": 101}),
    "catalogue": catalogue(row(101, sku="B0001", name="Hosta Royal")),
    "photos": photos("A-P.jpg", "A-3^1.JPG"),
}


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


def test_without_a_photo_the_mail_goes_without_one() -> None:
    assert of_kind(plan(JANE, photos=photos("B.jpg", "A.txt")), "email")[0]["payload"]["pictures"] == []


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("", None),
        ("x" * 25, None),
        ("x" * 26, "x" * 26),
        ("<p>Leaves &amp; flowers for <b>half</b> shade</p>", "Leaves & flowers for half shade"),
        ("<script>alert(1)</script><p>short</p>", None),
    ],
)
def test_a_description_is_shown_from_26_letters_on_as_plain_words(words: str, shown: str | None) -> None:
    assert described(words) == shown


def described(words: str) -> Any:
    """What a mail says about a product of this description."""
    [mail] = of_kind(plan(JANE, pages=pages({101: ("/royal/", words)})), "email")
    return mail["payload"]["context"]["description"]


def test_a_long_description_is_cut_at_a_blank() -> None:
    found = described("word " * 200)
    assert found.startswith("word word ")
    assert found.endswith("word ...")
    assert len(found) <= 404


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


@pytest.mark.parametrize(("hidden", "title"), [("EXCLUDE", "HIDE"), ("HIDE", "Red oak"), (" hide ", "Red oak")])
def test_a_title_that_hides_an_item_is_no_title_whatever_it_is_called(hidden: str, title: str) -> None:
    store = items(row("A", stock_buffer=5, web_title="HIDE", long_descr="Red oak"))
    [mail] = of_kind(
        plan(JANE, items=store, catalogue=catalogue(row(101, sku="A", name="")), reports={"hidden_title": hidden}),
        "email",
    )
    assert mail["payload"]["context"]["title"] == title


def test_a_size_without_a_photo_of_its_own_has_that_of_another_size() -> None:
    found = plan((WHEN, "jane@x.example", "A-3"), **{**BOUND, "photos": photos("A-1.jpg")})
    assert of_kind(found, "email")[0]["payload"]["pictures"][0]["file"] == "/photos/A-1.jpg"


def test_who_had_a_coupon_for_the_item_lately_gets_the_mail_without_one() -> None:
    earlier = effect_keys.stock_coupon(request("2026-04-20 08:00"))
    for days, expected in ((29, 0), (31, 1)):
        had = states({earlier: ("sent", NOW - timedelta(days=days))})
        found = plan(JANE, coupons=had)
        assert len(of_kind(found, "coupon")) == expected
        assert len(told(found)) == 1
        assert (("coupon_had_before", request()) in noted(found)) is not bool(expected)
        assert len(of_kind(plan(JANE, coupons=had, rules={"coupon_every_days": 0}), "coupon")) == 1


def test_a_coupon_of_another_person_or_item_or_one_that_was_never_made_does_not_count() -> None:
    other = {
        effect_keys.stock_coupon(request(email="tom@x.example")): ("sent", NOW),
        effect_keys.stock_coupon(request(item="B")): ("sent", NOW),
        effect_keys.stock_coupon(request("2026-05-01 08:00")): ("failed", NOW),
    }
    assert len(of_kind(plan(JANE, coupons=states(other)), "coupon")) == 1


def test_rows_that_could_not_be_read_are_told_by_place() -> None:
    bad = Reject("stock_notification_log.csv", 3, "email", "bad_email", "correct it", "2026-05-12,jane@@x,A")
    found = plan(rejected=rejects(bad))
    assert noted(found) == {("bad_email", "stock_notification_log.csv line 3")}
    assert found.records["rejected_rows"]["raw"].tolist() == [bad.raw]
    assert set(found.notes["code"]) <= CODES.keys()


def test_with_codes_of_promotions_the_coupon_says_so() -> None:
    [coupon] = of_kind(plan(JANE, rules={"coupon_api": "v3"}), "coupon")
    assert coupon["payload"]["api"] == "v3"
    assert coupon["payload"]["promotion"] == "Back in Stock until 2026-05-17 11:30"
    assert coupon["payload"]["starts"] == NOW.isoformat()


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
