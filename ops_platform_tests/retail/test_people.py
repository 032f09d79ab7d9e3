"""Names, phones, addresses: what is the same, what is none, and that a second pass changes nothing."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.people import (
    cased_name,
    email_key,
    phone_digits,
    phone_text,
    state_code,
    valid_email,
    zip_text,
)


@pytest.mark.parametrize(
    "written",
    [
        "(828) 555-1234", "+1 828 555 1234", "18285551234", "828-555-1234", "828.555.1234", "8285551234",
        "(828)555–1234", " 828 555 1234 ", "828.555.1234 x12", "828-555-1234 ext. 5", "+1-828-555-1234",
    ],
)  # fmt: skip
def test_a_phone_is_the_same_however_it_is_written(written: str) -> None:
    assert phone_digits(written) == "8285551234"


@pytest.mark.parametrize(
    "written",
    [
        None, "", "  ", "n/a", "555-1234", "000-000-0000", "1111111111", "222-222-2222", "123-456-7890",
        "+44 20 7946 0958", "828-155-1234", "828 555 1234 / 828 555 1235", "12345678901234567890", "828555123",
    ],
)  # fmt: skip
def test_what_is_no_phone_of_ten_digits_matches_nobody(written: str | None) -> None:
    assert phone_digits(written) is None


def test_a_number_in_letters_is_read_as_it_is_dialled() -> None:
    assert phone_digits("1-800-FLOWERS") == "8003569377"


@settings(deadline=None)
@given(
    st.from_regex(r"[2-9][0-8][0-9][2-9][0-9]{6}", fullmatch=True),
    st.sampled_from(["{}-{}-{}", "({}) {}-{}", "+1{}{}{}"]),
)
def test_every_number_survives_being_written_and_read(digits: str, form: str) -> None:
    expected = None if len(set(digits)) == 1 else digits
    assert phone_digits(form.format(digits[:3], digits[3:6], digits[6:])) == expected
    assert phone_digits(phone_text(digits)) == expected


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_phones(text: str) -> None:
    found = phone_digits(text)
    assert found is None or (len(found) == 10 and found.isascii() and found.isdigit())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("JOHN O'HARE", "John O'Hare"),
        ("john o’hare", "John O’Hare"),
        ("ronald mcdonald", "Ronald McDonald"),
        ("MACY MACKENZIE", "Macy Mackenzie"),
        ("ANNA-MARIA SMITH-JONES", "Anna-Maria Smith-Jones"),
        ("juan de la cruz", "Juan de la Cruz"),
        ("JUAN DE LA CRUZ", "Juan de la Cruz"),
        ("Juan de la Cruz", "Juan de la Cruz"),
        ("de la Cruz", "de la Cruz"),
        ("la toya", "La Toya"),
        ("JOHN E SMITH", "John E Smith"),
        ("john's", "John's"),
        ("d'angelo", "D'Angelo"),
        ("TJ MAXX", "TJ Maxx"),
        ("JO SMITH JR", "Jo Smith Jr"),
        ("john smith iii", "John Smith III"),
        ("j.r. tolkien", "J.R. Tolkien"),
        ("ÉLODIE ÇELIK", "Élodie Çelik"),
        ("MacArthur", "MacArthur"),
        ("  ada   BIRKWOOD ", "Ada Birkwood"),
        ("Change Smith", "Change Smith"),
        ("", ""),
    ],
)
def test_a_name_is_written_as_people_write_it(typed: str, expected: str) -> None:
    assert cased_name(typed) == expected


@settings(deadline=None)
@given(st.text(alphabet=string.ascii_letters + " '-.ÉéÇßİıŉ’", max_size=40))
def test_a_name_that_was_cased_stays_as_it_is(text: str) -> None:
    once = cased_name(text)
    assert cased_name(once) == once


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[A-Z][a-z]+[A-Z][a-z]+", fullmatch=True), min_size=1, max_size=4))
def test_words_in_mixed_case_are_never_touched(words: list[str]) -> None:
    assert cased_name(" ".join(words)) == " ".join(words)


@settings(deadline=None)
@given(st.text(alphabet=string.ascii_letters + " '-", max_size=40))
def test_casing_changes_no_letter(text: str) -> None:
    assert cased_name(text).casefold() == " ".join(text.split()).casefold()


def test_addresses_are_compared_without_blanks_and_case_and_nothing_is_no_address() -> None:
    assert email_key("  A@X.com ") == email_key("a@x.COM") == "a@x.com"
    assert (email_key(None), email_key("  ")) == (None, None)


@pytest.mark.parametrize("written", ["vera at example", "a@x", "a..b@x.com", "@x.com", "a@x.com, b@x.com", "", None])
def test_what_cannot_be_written_to_is_no_address(written: str | None) -> None:
    assert valid_email(written) is None


def test_an_address_is_written_in_small_letters() -> None:
    assert valid_email(" Vera.Wychwood@EXAMPLE.com") == "vera.wychwood@example.com"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("North Carolina", "NC"), ("n.c.", "NC"), ("N C", "NC"), ("nc", "NC"), ("District of Columbia", "DC"),
        ("D.C.", "DC"), ("puerto rico", "PR"), ("Ontario", "Ontario"), ("37", "37"), ("  ", None), (None, None),
    ],
)  # fmt: skip
def test_a_state_is_two_letters_and_anything_else_stays(written: str | None, expected: str | None) -> None:
    assert state_code(written) == expected


def test_a_zip_code_gets_the_zero_back_that_a_spreadsheet_took() -> None:
    assert zip_text("2139", "MA") == "02139"
    assert zip_text("2139-4307", "MA") == "02139-4307"
    assert zip_text("02139", "MA") == "02139"
    assert zip_text("2880", "NC") == "2880"  # no code of that state begins with a zero: somebody mistyped it
    assert zip_text(" ", "MA") is None
