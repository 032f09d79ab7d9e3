"""A lead as the columns of AR_CUST: what fits, what is cut, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.adapters.counterpoint_tables import AR_CUST
from ops_platform.retail.leads_to_customers import EMAIL_WIDTH, WIDTHS, NewCustomer, new_customer
from ops_platform.settings_retail_customers import CounterpointApiSettings
from ops_platform_tests.retail.customer_store import lead


def made(api: CounterpointApiSettings | None = None, **differences: Any) -> NewCustomer:
    return new_customer(lead("L1", **differences), api or CounterpointApiSettings())


def codes(found: NewCustomer) -> list[str]:
    return [note["code"] for note in found.notes]


def test_every_column_is_filled_as_the_point_of_sale_keeps_it() -> None:
    found = made(
        first_name="pat", last_name="O'HARE", email="Pat@Customers.example", phone="+1 (828) 555-1234",
        street="12 Mill Road", city="Asheville", state="North Carolina", zip_code="28801",
    )  # fmt: skip
    assert found.fields == {
        "FST_NAM": "Pat",
        "LST_NAM": "O'Hare",
        "CUST_NAM_TYP": "P",
        "STR_ID": "1",
        "EMAIL_ADRS_1": "pat@customers.example",
        "PHONE_1": "828-555-1234",
        "ADRS_1": "12 Mill Road",
        "CITY": "Asheville",
        "STATE": "NC",
        "ZIP_COD": "28801",
    }
    assert found.notes == []


def test_the_store_and_a_sales_rep_come_from_the_settings() -> None:
    fields = made(CounterpointApiSettings(store_id="WEB", sales_rep="DREW")).fields or {}
    assert (fields["STR_ID"], fields["SLS_REP"]) == ("WEB", "DREW")


def test_what_is_longer_than_its_column_is_cut_and_told() -> None:
    found = made(
        first_name="Maximiliana-Rosalinde",
        last_name="x" * 30,
        city="Winston-Salem upon the Haw",
        state="Ontario, Canada",
    )
    fields = found.fields or {}
    assert [len(fields[name]) for name in ("FST_NAM", "LST_NAM", "CITY", "STATE")] == [15, 25, 20, 10]
    assert codes(found) == ["lead_shortened"] * 4
    assert fields["CITY"] == "Winston-Salem upon t"


def test_an_address_is_never_cut_for_it_would_be_somebody_elses() -> None:
    long = f"{'p' * 45}@customers.example"
    found = made(email=long)
    assert "EMAIL_ADRS_1" not in (found.fields or {})
    assert codes(found) == ["lead_bad_email"]
    assert made(email=long, phone=None).fields is None


@pytest.mark.parametrize(
    ("email", "phone"), [(None, None), ("pat at home", None), (None, "555-1234"), ("x", "000-000-0000")]
)
def test_a_lead_that_nobody_could_recognise_makes_no_customer(email: str | None, phone: str | None) -> None:
    found = made(email=email, phone=phone)
    assert found.fields is None
    assert codes(found)[-1] == "lead_without_contact"


def test_one_of_both_is_enough_and_the_other_is_told() -> None:
    without_email, without_phone = made(email="pat at home"), made(phone="n/a")
    assert "EMAIL_ADRS_1" not in (without_email.fields or {})
    assert "PHONE_1" not in (without_phone.fields or {})
    assert (codes(without_email), codes(without_phone)) == (["lead_bad_email"], ["lead_bad_phone"])
    assert codes(made(email=None)) == []


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("Pat Example", None, ("Pat", "Example")),
        (None, "mary ann de la cruz", ("Mary Ann", "de la Cruz")),
        ("Juan", "de la Cruz", ("Juan", "de la Cruz")),
        ("ANNA", "SMITH-JONES", ("Anna", "Smith-Jones")),
    ],
)
def test_both_names_are_found_also_when_they_were_written_into_one_field(
    first: str | None, last: str | None, expected: tuple[str, str]
) -> None:
    fields = made(first_name=first, last_name=last).fields or {}
    assert (fields["FST_NAM"], fields["LST_NAM"]) == expected


@pytest.mark.parametrize("names", [("Cher", None), (None, None), (" ", "\u200b")])
def test_a_lead_without_two_names_makes_no_customer(names: tuple[str | None, str | None]) -> None:
    found = made(first_name=names[0], last_name=names[1])
    assert (found.fields, codes(found)) == (None, ["lead_without_name"])


TYPED = ("first_name", "last_name", "email", "phone", "street", "city", "state", "zip_code")
texts = st.none() | st.text(max_size=60)


@settings(deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(TYPED, texts)))
def test_every_field_fits_its_column_and_no_note_holds_what_somebody_typed(typed: dict[str, str | None]) -> None:
    found = made(**typed)
    for name, value in (found.fields or {}).items():
        assert value
        assert len(value) <= AR_CUST.c[name].type.length  # type: ignore[attr-defined]
    for note in found.notes:
        assert note["detail"].startswith("received 2026-05-14 03:10")
        assert len(note["detail"]) < 100


def test_the_widths_are_those_of_the_table() -> None:
    assert {name: AR_CUST.c[name].type.length for name in WIDTHS} == WIDTHS  # type: ignore[attr-defined]
    assert AR_CUST.c.EMAIL_ADRS_1.type.length == EMAIL_WIDTH  # type: ignore[attr-defined]
