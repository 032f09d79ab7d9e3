"""Masks: what is left of a phone, an address, a text with such in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.privacy import mask_code, mask_email, mask_name, mask_phone, mask_target, masked


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("(828) 555-1234", "***34"), ("+18285551234", "***34"), ("911", "***"), ("", "***"), ("no phone", "***")],
)
def test_of_a_phone_two_digits_are_left(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jane.doe@example.com", "j***@e***.com"),
        (" Jane@mail.shop.example ", "J***@m***.example"),
        ("root@localhost", "r***@l***"),
        ("jane", "***"),
        ("@example.com", "***"),
        ("jane@", "***"),
        ("", "***"),
    ],
)
def test_of_an_address_two_letters_and_the_end_are_left(address: str, shown: str) -> None:
    assert mask_email(address) == shown


@pytest.mark.parametrize(
    ("kind", "target", "shown"),
    [
        ("email", "a@example.com, b@example.org", "a***@e***.com, b***@e***.org"),
        ("text", "+18285551234", "***34"),
        ("coupon", "K7QW2M9X", "K7***"),
        ("customer", "3f2a90b1c4d5", "3f2a90b1c4d5"),
        ("customer", "828-555-1234", "***34"),
        ("command", "reboot", "reboot"),
    ],
)
def test_a_target_is_masked_as_its_kind_is(kind: str, target: str, shown: str) -> None:
    assert mask_target(kind, target) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("550 <jane.doe@example.com>: no such user", "550 <j***@e***.com>: no such user"),
        ("'+1 828 555 1234' is not a number", "'***34' is not a number"),
        ("call (828) 555-1234 or 828.555.1235.", "call ***34 or ***35."),
        ("2026-05-14 04:00:00 and 2026-05-14 07", "2026-05-14 04:00:00 and 2026-05-14 07"),
        (
            "sid SM5a4db0c55a4db0c55a4db0c55a4db0c5 of 12,345 texts",
            "sid SM5a4db0c55a4db0c55a4db0c55a4db0c5 of 12,345 texts",
        ),
        ("order 123456 costs 1234.50", "order 123456 costs 1234.50"),
        ("customer/lead/3f2a90b1c4d5", "customer/lead/3f2a90b1c4d5"),
        ("", ""),
    ],
)
def test_addresses_and_phones_in_a_text_are_masked_and_the_rest_stays(text: str, shown: str) -> None:
    assert masked(text) == shown


@given(
    before=st.text(alphabet="ab <>'\":,\n", max_size=5),
    local=st.from_regex(r"[a-z0-9][a-z0-9._+-]{3,15}", fullmatch=True),
    domain=st.from_regex(r"[a-z0-9]{4,10}\.(com|org|example)", fullmatch=True),
    after=st.text(alphabet=" <>'\":,;\n", max_size=5),
)
def test_no_address_survives_whatever_stands_around_it(before: str, local: str, domain: str, after: str) -> None:
    text = masked(f"{before} {local}@{domain}{after}")
    assert f"{local}@" not in text
    assert domain not in text


@given(
    digits=st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True),
    form=st.sampled_from(
        ["{0}{1}{2}", "({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "+1{0}{1}{2}", "+1 ({0}) {1} {2}"]
    ),
    around=st.sampled_from(["{}", "'{}'", "to {}.", "<{}>", "phone: {}, twice", "[{}]"]),
)
def test_no_phone_survives_however_it_is_written(digits: str, form: str, around: str) -> None:
    text = masked(around.format(form.format(digits[:3], digits[3:6], digits[6:])))
    assert digits[:6] not in "".join(char for char in text if char.isdigit())


def test_a_code_is_shown_by_its_beginning() -> None:
    assert mask_code("K7QW2M9X") == "K7***"


@pytest.mark.parametrize(("name", "shown"), [("John O'Hare", "J***"), ("  Ada ", "A***"), ("", "***")])
def test_a_name_is_shown_by_its_first_letter(name: str, shown: str) -> None:
    assert mask_name(name) == shown
