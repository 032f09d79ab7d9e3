"""Who gets a campaign's text on a day, who does not, and why."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ops_platform.retail.campaigns.audience import REASONS
from ops_platform_tests.retail.campaigns.customers import BY_NAME, DAY, customer, plan, who

# -- the table of the eight texts: on which day after which date, and not the day before or after


@pytest.mark.parametrize(("name", "days"), [("first_time_1", 1), ("first_time_2", 3), ("first_time_3", 7)])
def test_a_first_time_customer_is_texted_so_many_days_after_the_first_purchase_and_on_no_other(
    name: str, days: int
) -> None:
    rows = [
        customer(cust_no=str(after), phone_1=f"828-555-01{after:02d}", first_sale=DAY - timedelta(days=after))
        for after in range(10)
    ]
    assert who(BY_NAME[name], *rows) == {str(days): None}


@pytest.mark.parametrize(("name", "days"), [("returning_1", 1), ("returning_2", 1), ("returning_3", 7)])
def test_a_returning_customer_is_texted_so_many_days_after_the_last_purchase_and_on_no_other(
    name: str, days: int
) -> None:
    rows = [
        customer(
            cust_no=str(after),
            phone_1=f"828-555-01{after:02d}",
            first_sale=date(2025, 4, 1),
            last_sale=DAY - timedelta(days=after),
        )
        for after in range(10)
    ]
    assert who(BY_NAME[name], *rows) == {str(days): None}


@pytest.mark.parametrize("name", ["returning_1", "returning_2"])
def test_a_first_purchase_is_no_return_and_a_customer_without_one_is_left_out(name: str) -> None:
    yesterday = DAY - timedelta(days=1)
    rows = [
        customer(cust_no="first", first_sale=yesterday, last_sale=yesterday),
        customer(cust_no="unknown", first_sale=None, last_sale=yesterday),
    ]
    assert who(BY_NAME[name], *rows) == {}
    assert who(BY_NAME["first_time_1"], *rows) == {"first": None}


def test_a_second_purchase_the_day_after_the_first_is_both_a_first_time_and_a_returning_customer() -> None:
    row = customer(first_sale=DAY - timedelta(days=3), last_sale=DAY - timedelta(days=1))
    assert [name for name, each in BY_NAME.items() if who(each, row)] == ["first_time_2", "returning_1", "returning_2"]


def test_a_wholesale_customer_gets_the_wholesale_text_and_no_other() -> None:
    yesterday = DAY - timedelta(days=1)
    row = customer(category="WHOLESALE", first_sale=date(2025, 4, 1), last_sale=yesterday)
    assert [name for name, each in BY_NAME.items() if who(each, row)] == ["wholesale"]
    assert [name for name, each in BY_NAME.items() if who(each, {**row, "first_sale": yesterday})] == ["wholesale"]


@pytest.mark.parametrize(
    ("own", "spouse", "gets_it"),
    [
        ("5", None, True), ("05", None, True), (None, "5", True), ("5", "05", True),
        ("4", "6", False), ("15", None, False), (None, None, False),
    ],
)  # fmt: skip
def test_a_birthday_text_goes_for_the_customers_or_the_spouses_month(
    own: str | None, spouse: str | None, gets_it: bool
) -> None:
    first = DAY.replace(day=1)
    row = customer(birth_month=own, spouse_birth_month=spouse, category="WHOLESALE")
    assert who(BY_NAME["birthday"], row, day=first) == ({"100": None} if gets_it else {})


# -- who does not get it


@pytest.mark.parametrize(
    ("other", "settings", "reason"),
    [
        ({"first_name": None}, {}, "no_name"),
        ({"first_name": "Change"}, {}, "no_name"),
        ({"phone_1": None}, {}, "no_phone"),
        ({"phone_1": "  "}, {}, "no_phone"),
        ({"phone_1": "555-0142"}, {}, "invalid_phone"),
        ({"phone_1": "+44 20 7946 0958"}, {}, "invalid_phone"),
        ({"phone_1": "555-555-0142"}, {}, "invalid_phone"),
        ({"phone_1": "800-555-0142"}, {}, "invalid_phone"),
        ({"mail_opt_in": "N"}, {}, "no_consent"),
        ({"mail_opt_in": None}, {}, "no_consent"),
        ({"sms_consent_1": "N"}, {"consent_column": "SMS_1_IS_SUB"}, "no_text_consent"),
        ({"sms_consent_1": "Y"}, {"consent_column": "SMS_1_IS_SUB"}, None),
        ({"mail_opt_in": "N"}, {"consent": "any"}, None),
        ({"phone_1": "(828) 555-0142"}, {}, None),
        ({"phone_1": "+1 828 555 0142"}, {}, None),
        ({"phone_1": "8285550142"}, {}, None),
        ({"phone_1": "1-828.555.0142"}, {}, None),
        ({"phone_1": " 828 - 555 - 0142 "}, {}, None),
        ({"phone_1": "828-555-0142 x12"}, {}, None),
        ({"phone_1": "828-555-0142 or 0143"}, {}, "invalid_phone"),
        ({"phone_1": "828-555-014"}, {}, "invalid_phone"),
        ({"phone_1": "000-000-0000"}, {}, "invalid_phone"),
        ({"phone_1": "123-456-7890"}, {}, "invalid_phone"),
        ({"phone_1": "none"}, {}, "invalid_phone"),
        ({"phone_1": "ask"}, {}, "invalid_phone"),
        ({"phone_1": "+1 900 555 0142"}, {}, "invalid_phone"),
        ({"phone_1": "876-555-2345"}, {}, "invalid_phone"),  # Jamaica
        ({"phone_1": "809-555-2345"}, {}, "invalid_phone"),  # Dominican Republic
        ({"phone_1": "416-555-2345"}, {}, "invalid_phone"),  # Toronto
        ({"phone_1": "787-555-2345"}, {}, None),  # Puerto Rico
        ({"phone_1": "340-555-2345"}, {}, None),  # the Virgin Islands
        ({"phone_1": "\N{FULLWIDTH DIGIT EIGHT}28-555-0142"}, {}, None),
    ],
)
def test_the_first_reason_that_holds_is_told(
    other: dict[str, Any], settings: dict[str, Any], reason: str | None
) -> None:
    row = customer(first_sale=DAY - timedelta(days=1), **other)
    assert who(BY_NAME["first_time_1"], row, **settings) == {"100": reason}


def test_a_phone_of_two_customers_gets_one_text_for_the_first_by_number() -> None:
    yesterday = DAY - timedelta(days=1)
    rows = [
        customer(cust_no="300", first_sale=yesterday),
        customer(cust_no="200", first_sale=yesterday, phone_1="(828) 555 0142"),
        customer(cust_no="100", first_sale=yesterday, mail_opt_in="N"),
    ]
    assert who(BY_NAME["first_time_1"], *rows) == {"100": "no_consent", "200": None, "300": "same_phone"}
    assert who(BY_NAME["first_time_1"], *rows, one_text_a_phone=False)["300"] is None


def test_an_invented_number_is_texted_in_the_sandbox_and_never_live() -> None:
    row = customer(first_sale=DAY - timedelta(days=1))
    live: dict[str, Any] = {
        "mode": "live",
        "account_sid": "AC1",
        "auth_token": "x",
        "from_number": "+18285550100",
        "review_url": "https://g.example/r",
    }
    assert who(BY_NAME["first_time_1"], row) == {"100": None}
    assert who(BY_NAME["first_time_1"], row, **live) == {"100": "invalid_phone"}


def test_a_phone_that_wrote_stop_is_left_out() -> None:
    made = plan("first_time_1", customer(first_sale=DAY - timedelta(days=1)), opted_out=("8285550142",))
    assert (len(made.effects), made.figures["opted_out"]) == (0, 1)


def test_every_reason_is_explained() -> None:
    explained = set(REASONS)
    assert {
        "no_name",
        "no_phone",
        "invalid_phone",
        "no_consent",
        "no_text_consent",
        "opted_out",
        "same_phone",
    } <= explained
    assert {"quiet_hours", "too_late"} <= explained
