"""Who is a customer already, whatever the spelling."""

from __future__ import annotations

import pytest

from ops_platform.retail.known_customers import Known, known_customers
from ops_platform_tests.retail.customer_store import customers, person


@pytest.mark.parametrize("column", ["email_1", "email_2"])
def test_a_customer_is_found_by_either_address_in_any_case(column: str) -> None:
    known = known_customers(customers(person("1001", **{column: "  A@X.com"})))
    assert known.of("a@x.COM ", None) == "1001"


@pytest.mark.parametrize("column", ["phone_1", "phone_2", "mobile_1", "mobile_2"])
def test_a_customer_is_found_by_any_phone_in_any_form(column: str) -> None:
    known = known_customers(customers(person("1001", **{column: "828-555-1234"})))
    assert known.of(None, "+1 (828) 555-1234") == "1001"


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_nothing_matches_nothing(blank: str | None) -> None:
    known = known_customers(customers(person("1001", email_1=blank, phone_1=blank), person("1002")))
    assert known.of(blank, blank) is None


@pytest.mark.parametrize("fake", ["000-000-0000", "555-1234", "1111111111", "n/a"])
def test_what_many_type_to_get_past_a_form_makes_nobody_the_same(fake: str) -> None:
    assert known_customers(customers(person("1001", phone_1=fake))).of(None, fake) is None


def test_the_address_counts_before_the_phone_and_the_lowest_number_before_others() -> None:
    known = known_customers(
        customers(
            person("10001", email_1="a@x.com"),
            person("1002", email_1="a@x.com", phone_1="828-555-1234"),
            person("999", phone_1="828-555-1234"),
        )
    )
    assert known.of("a@x.com", "828-555-1234") == "1002"
    assert known.of(None, "828-555-1234") == "999"


def test_who_is_added_in_a_run_is_known_from_then_on() -> None:
    known = Known()
    known.add("new", email="a@x.com", phone="828-555-1234")
    assert known.of("A@x.com", None) == known.of(None, "8285551234") == "new"
