"""What stands in the mail that an item is back, and when it comes with a coupon."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ops_platform.core import effect_keys
from ops_platform.retail.coupon_codes import coupon_code
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
    customers,
    pages,
    photos,
    states,
)
from ops_platform_tests.retail.store import catalogue, items, noted, product_map, row, stock


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


def test_with_codes_of_promotions_the_coupon_says_so() -> None:
    [coupon] = of_kind(plan(JANE, rules={"coupon_api": "v3"}), "coupon")
    assert coupon["payload"]["api"] == "v3"
    assert coupon["payload"]["promotion"] == "Back in Stock until 2026-05-17 11:30"
    assert coupon["payload"]["starts"] == NOW.isoformat()
