"""What people fill in: kept in one form, and a kind sentence beside whatever is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.intake import forms
from ops_platform.intake.pace import Pace, household
from ops_platform.settings_retail_requests import IntakeSettings

SETTINGS = IntakeSettings()
WHOLE = {
    "first_name": " Jane ",
    "last_name": "O'Hare",
    "email": "Jane@X.Example.com",
    "phone": "(828) 555-0142",
    "timeline": "Today",
    "street": "12  Oak St",
    "city": "Asheville",
    "state": "north carolina",
    "zip_code": "28801-1234",
    "comments": "A pond,\nplease",
}


def design(goals: tuple[str, ...] = (), **changes: str) -> forms.Filled:
    """A whole design request with changes."""
    return forms.design_request({**WHOLE, **changes}, list(goals), SETTINGS)


def test_a_whole_request_is_kept_in_one_form() -> None:
    filled = design(("Planting", "Lawn"))
    assert filled.errors == {}
    assert filled.values == {
        "first_name": "Jane", "last_name": "O'Hare", "email": "jane@x.example.com", "phone": "828-555-0142",
        "timeline": "Today", "street": "12 Oak St", "city": "Asheville", "state": "NC", "zip_code": "28801-1234",
        "comments": "A pond, please",
    }  # fmt: skip
    assert filled.chosen == ("Planting", "Lawn")


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("first_name", "  ", "tell us your first name"),
        ("last_name", "", "tell us your last name"),
        ("first_name", "x" * 41, "shorten your first name to 40"),
        ("email", "jane@", "name@example.com"),
        ("email", "jane@x.example.com, tom@x.example.com", "name@example.com"),
        ("email", "x" * 300 + "@x.com", "name@example.com"),
        ("phone", "555-0142", "area code"),
        ("phone", "+44 20 7946 0958", "area code"),
        ("phone", "000-000-0000", "area code"),
        ("state", "Atlantis", "two letters"),
        ("zip_code", "2880", "five digits"),
        ("zip_code", "2880O", "five digits"),
        ("timeline", "Yesterday", "from the list"),
        ("comments", "x" * 2001, "shorten your comments to 2,000"),
        ("street", "x" * 81, "shorten the street"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(name: str, text: str, part: str) -> None:
    filled = design(**{name: text})
    assert set(filled.errors) == {name}
    assert part in filled.errors[name]
    assert filled.typed[name] == text[: len(filled.typed[name])]


def test_an_address_or_a_phone_is_enough_but_not_neither() -> None:
    assert design(phone="").errors == {}
    assert design(email="").errors == {}
    assert "email address or a phone number" in design(email="", phone="").errors["email"]
    assert set(design(email="", phone="1").errors) == {"phone"}


def test_a_goal_that_is_not_offered_is_refused() -> None:
    assert "interested_in" in design(("Planting", "<script>")).errors
    assert design(("Planting", "<script>")).chosen == ("Planting",)


def test_what_may_be_left_out_is_none() -> None:
    filled = forms.design_request({"first_name": "J", "last_name": "O", "phone": "8285550142"}, [], SETTINGS)
    assert filled.errors == {}
    assert [filled.values[name] for name in ("email", "street", "state", "comments")] == [None] * 4


@pytest.mark.parametrize(("text", "item"), [("10093", "10093"), ("btsp4mp", "BTSP4MP"), (" A-3/B.1 ", "A-3/B.1")])
def test_an_item_number_is_kept_in_capitals(text: str, item: str) -> None:
    filled = forms.back_in_stock({"email": "jane@x.example.com", "item": text})
    assert (filled.errors, filled.values["item"]) == ({}, item)


@pytest.mark.parametrize("text", ["", "x" * 21, "a b", "=1+1", "<b>", "A,B", '"', "é", "-5"])
def test_what_is_no_item_number_is_refused(text: str) -> None:
    assert set(forms.back_in_stock({"email": "jane@x.example.com", "item": text}).errors) == {"item"}


def test_the_newsletter_needs_an_address_only() -> None:
    assert forms.newsletter({"email": "JANE@x.example.com"}).values == {
        "email": "jane@x.example.com",
        "first_name": None,
        "last_name": None,
    }
    assert set(forms.newsletter({}).errors) == {"email"}


_texts = st.dictionaries(st.sampled_from([*WHOLE, "item", "website"]), st.text(max_size=60))


@settings(deadline=None, max_examples=50)
@given(_texts, st.lists(st.text(max_size=20), max_size=4))
def test_whatever_is_sent_is_answered_and_what_is_kept_has_no_line_ends_or_invisible_signs(
    sent: dict[str, str], goals: list[str]
) -> None:
    found: list[Any] = [forms.design_request(sent, goals, SETTINGS), forms.back_in_stock(sent), forms.newsletter(sent)]
    for filled in found:
        for value in filled.values.values():
            assert value is None or (value and value == " ".join(value.split()) and "\0" not in value)
        assert all(sentence.endswith(".") for sentence in filled.errors.values())


def test_an_address_may_send_so_many_a_minute_and_others_are_not_held_up() -> None:
    pace = Pace(IntakeSettings(per_minute=2, per_day=3))
    assert [pace.wait("203.0.113.5") for _ in range(2)] == [0, 0]
    assert 0 < pace.wait("203.0.113.5") <= 61
    assert pace.wait("203.0.113.6") == 0


def test_an_address_may_send_so_many_a_day() -> None:
    pace = Pace(IntakeSettings(per_minute=100, per_day=3))
    assert [pace.wait("203.0.113.5") for _ in range(3)] == [0, 0, 0]
    assert pace.wait("203.0.113.5") > 3600


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("2001:db8:1:2::5", "2001:db8:1:2:ffff::1"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("not an address", "not an address"),
    ],
)
def test_a_household_is_one_sender(address: str, same: str) -> None:
    assert household(address) == household(same)
    assert household("2001:db8:1:3::5") != household("2001:db8:1:2::5")
