from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.set_contact_1 import AUTOMATION
from ops_platform_tests.retail.customer_store import applied_to, customers, of_customers, person, values


def plan(*rows: Any, **rules: Any) -> Plan:
    return of_customers(AUTOMATION, *rows, contact_1=rules)


def nameless(number: str, first: str | None, last: str | None, **differences: Any) -> dict[str, Any]:
    return person(number, first_name=first, last_name=last, **{"contact_1": None, **differences})


def test_the_owners_example() -> None:
    found = plan(
        nameless("1", "JOHN", "O'HARE"),
        nameless("2", "Change", "Smith"),
        nameless("3", "Change", "Name"),
        nameless("4", "Acme", "Lawn", name_type="B"),
    )
    assert values(found) == {"1": {"contact_1": "John O'Hare"}, "2": {"contact_1": "Change Smith"}}


@pytest.mark.parametrize("names", [("change", "NAME"), ("CHANGE ", " name")])
def test_a_placeholder_is_one_in_any_case(names: tuple[str, str]) -> None:
    assert values(plan(nameless("1", *names))) == {}


@pytest.mark.parametrize("names", [("Anna", "Name"), ("Change", None), (None, "Name")])
def test_only_both_words_together_are_a_placeholder(names: tuple[str | None, str | None]) -> None:
    assert len(plan(nameless("1", *names)).changes) == 1


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("Juan", "de la Cruz", "Juan de la Cruz"),
        ("RONALD", "McDonald", "Ronald McDonald"),
        ("  ada ", " mc  arden", "Ada Mc Arden"),
        (None, "KESTREL", "Kestrel"),
        ("Cora", " ", "Cora"),
    ],
)
def test_names_are_put_together_as_people_write_them(first: str | None, last: str, expected: str) -> None:
    assert values(plan(nameless("1", first, last))) == {"1": {"contact_1": expected}}


@pytest.mark.parametrize("names", [(None, None), ("", " ")])
def test_nobody_without_any_name_gets_a_contact(names: tuple[str | None, str | None]) -> None:
    assert values(plan(nameless("1", *names))) == {}


def test_a_contact_that_is_there_is_never_overwritten() -> None:
    assert values(plan(person("1", contact_1="the neighbour"))) == {}


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_contact_of_blanks_is_none_unless_told_otherwise(blank: str) -> None:
    person_with_blanks = nameless("1", "Ada", "Birkwood", contact_1=blank)
    [change] = plan(person_with_blanks).changes.to_dict("records")
    assert (change["old"], change["new"]) == (None, "Ada Birkwood")
    assert values(plan(person_with_blanks, blank_is_empty=False)) == {}


def test_a_long_name_is_cut_to_the_forty_characters_that_fit_without_a_blank_at_the_end() -> None:
    [change] = plan(nameless("1", "Maximiliana-Rosalinde-Marias", "Thistlewood de la Rue")).changes.to_dict("records")
    assert len(change["new"]) <= 40
    assert change["new"] == "Maximiliana-Rosalinde-Marias Thistlewood"


def test_a_plan_over_the_share_that_is_set_waits() -> None:
    many = [nameless(str(number), "Ada", "Birkwood") for number in range(30)]
    assert plan(*many, max_share=0.5).held
    assert plan(*many).held is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=25)), max_size=8))
def test_a_second_run_changes_nothing(names: list[tuple[str, str]]) -> None:
    read = customers(*(nameless(str(number), first, last) for number, (first, last) in enumerate(names)))
    after = applied_to(read, plan(*read.to_dict("records")))
    assert len(plan(*after.to_dict("records")).changes) == 0
