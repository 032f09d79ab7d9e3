"""What is kept of a customer, by the operator's policy, and the form of a phone number."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from ops_platform.restaurant.customers import Customer, customer_of, normal_phone
from ops_platform_tests.restaurant.order_events import ANNA, HASH_KEY

PHONE = "+919876504321"


@pytest.mark.parametrize(
    "value",
    [
        *("9876504321", "+919876504321", "+91 98765 04321", "+91-98765-04321", "919876504321", "09876504321"),
        *("0091 9876504321", "(+91) 98765 04321", " 98765 04321 ", "+91 (0) 98765 04321", "９８７６５０４３２１"),
        *(9876504321, 919876504321, 9876504321.0),
    ],
)
def test_a_number_has_one_form_however_it_is_written(value: Any) -> None:
    assert normal_phone(value) == PHONE


def test_numbers_of_other_countries_need_their_prefix() -> None:
    assert normal_phone("+44 20 7946 0958") == normal_phone("0044 20 7946 0958") == "+442079460958"
    assert normal_phone("442079460958") is None


@pytest.mark.parametrize(
    "value",
    [
        *("", "  ", None, True, [], {}, 0, "0000000000", "9999999999", "12345", "98765", "987650432", "98765043210"),
        *("+91 12345", "xxxxxx4321", "98765x4321", "call me", "+", float("nan"), float("inf"), 9876504321.5, "\x00"),
    ],
)
def test_what_is_no_number_for_certain_is_none(value: Any) -> None:
    assert normal_phone(value) is None


@given(st.one_of(st.text(max_size=30), st.integers(), st.floats()))
@settings(deadline=None)
def test_a_normal_number_is_normal_again(value: Any) -> None:
    phone = normal_phone(value)
    assert phone is None or normal_phone(phone) == phone


def test_the_policy_none_keeps_nothing() -> None:
    assert customer_of(ANNA, "none", HASH_KEY) == Customer()


def test_the_policy_hashed_keeps_only_a_keyed_hash_of_the_number() -> None:
    kept = customer_of(ANNA, "hashed", HASH_KEY)
    assert kept.identity is not None and len(kept.identity) == 64 and (kept.name, kept.phone) == (None, None)
    assert kept.identity != hashlib.sha256(PHONE.encode()).hexdigest()
    assert kept != customer_of(ANNA, "hashed", SecretStr("another key"))
    assert kept == customer_of(ANNA | {"name": "", "phone": "09876504321"}, "hashed", HASH_KEY)


def test_the_policy_hashed_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="hash key"):
        customer_of(ANNA, "hashed", None)


def test_the_policy_full_keeps_name_and_number() -> None:
    assert customer_of(ANNA, "full", None) == (PHONE, "Anna Canary", PHONE)
    assert customer_of(ANNA, "full", HASH_KEY) == (
        customer_of(ANNA, "hashed", HASH_KEY).identity,
        "Anna Canary",
        PHONE,
    )


@pytest.mark.parametrize("name", [None, "", "  ", 5, [], {"first": "Anna"}])
def test_a_name_that_is_none_costs_only_the_name(name: Any) -> None:
    assert customer_of(ANNA | {"name": name}, "full", None) == (PHONE, None, PHONE)


def test_a_name_is_made_storable_and_fits_its_column() -> None:
    assert customer_of(ANNA | {"name": " A\x00nna\ud800 "}, "full", None).name == "A\ufffdnna\ufffd"
    assert len(customer_of(ANNA | {"name": "x" * 300}, "full", None).name or "") == 255


@pytest.mark.parametrize("customer", [None, "", "Anna 9876504321", [ANNA], 5, {}, {"name": "Anna"}, {"phone": ""}])
@pytest.mark.parametrize("wanted", ["none", "hashed", "full"])
def test_without_a_usable_number_there_is_no_customer(customer: Any, wanted: Any) -> None:
    assert customer_of(customer, wanted, HASH_KEY) == Customer()
