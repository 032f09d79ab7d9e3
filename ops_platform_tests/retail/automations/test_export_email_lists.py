from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail import snapshots
from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.export_email_lists import AUTOMATION, FILES
from ops_platform_tests.retail.customer_store import AS_OF, customers, person, planned
from ops_platform_tests.retail.store import noted, published

RETAIL, WHOLESALE = FILES
COLUMNS = list(snapshots.EXPORTED)


def listed(number: str, **differences: Any) -> dict[str, Any]:
    return person(number, **{"email_1": f"c{number}@example.com", **differences})


def plan(
    *rows: dict[str, Any], last: Plan | None = None, hours: float = 2, as_of: datetime = AS_OF, **rules: Any
) -> Plan:
    """last: what was exported so many hours before."""
    files = last.files if last else ()
    moment = as_of.astimezone(UTC) - timedelta(hours=hours)
    inputs = {
        "customers": customers(*rows),
        "published": published(*((file.name, file.rows, "") for file in files), published_at=moment),
        "exported": pd.DataFrame(
            [(file.name, file.content.decode("utf-8-sig")) for file in files], columns=COLUMNS, dtype=object
        ),
    }  # fmt: skip
    return planned(AUTOMATION, inputs, as_of, email_lists=rules)


def text(found: Plan, name: str) -> str:
    [file] = [file for file in found.files if file.name == name]
    return file.content.decode("utf-8")


def rows(found: Plan, name: str = RETAIL) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(found, name), newline="")))


def numbers(found: Plan, name: str = RETAIL) -> list[str]:
    return [row["Customer Number"] for row in rows(found, name)]


def test_the_lists_have_the_columns_the_mailing_tool_knows() -> None:
    found = plan()
    assert text(found, RETAIL) == (
        "Customer Number,First Name,Last Name,Email Address,Phone - home,Birth Month,Point Balance\n"
    )
    assert text(found, WHOLESALE) == "Customer Number,First Name,Last Name,Email Address,Phone Number\n"


def test_a_customer_stands_as_the_till_has_it_but_trimmed_and_in_one_form() -> None:
    found = listed(
        "1", email_1=" Vera.Wychwood@EXAMPLE.com ", phone_1="(828) 555-0142", birth_month="04", points="31.9"
    )
    assert text(plan(found), RETAIL).splitlines()[1] == "1,Ada,Birkwood,vera.wychwood@example.com,828-555-0142,4,31"


@pytest.mark.parametrize(("points", "shown"), [(-3, "0"), (None, "0"), (0, "0"), (12, "12")])
def test_a_balance_is_never_below_zero(points: int | None, shown: str) -> None:
    assert rows(plan(listed("1", points=points)))[0]["Point Balance"] == shown


@pytest.mark.parametrize(
    ("month", "shown"),
    [("1", "1"), ("12", "12"), ("01", "1"), ("13", ""), ("0", ""), ("May", ""), ("²", ""), (None, "")],
)
def test_a_birth_month_that_is_none_stays_empty(month: str | None, shown: str) -> None:
    assert rows(plan(listed("1", birth_month=month)))[0]["Birth Month"] == shown


@pytest.mark.parametrize("flag", ["N", None])
def test_who_did_not_say_yes_is_on_no_list(flag: str | None) -> None:
    found = plan(listed("1", mail_opt_in=flag), listed("2", mail_opt_in=flag, category="WHOLESALE"), listed("3"))
    assert (numbers(found), numbers(found, WHOLESALE)) == (["3"], [])
    assert found.figures["opted_out"] == 2


@pytest.mark.parametrize("column", ["email_1", "email_2"])
def test_an_address_that_says_no_under_one_number_says_no_under_all(column: str) -> None:
    refusing = listed("2", email_1=None, mail_opt_in="N", category="WHOLESALE") | {column: "C1@Example.com"}
    assert numbers(plan(listed("1"), refusing)) == []


def test_the_owner_may_decide_otherwise() -> None:
    assert numbers(plan(listed("1", mail_opt_in="N"), respect_opt_out=False)) == ["1"]


def test_each_list_has_its_own_category_only() -> None:
    found = plan(
        listed("1"), listed("2", category="WHOLESALE"), listed("3", category="STAFF"), listed("4", category=None)
    )
    assert (numbers(found), numbers(found, WHOLESALE)) == (["1"], ["2"])


def test_a_store_may_call_its_categories_otherwise() -> None:
    assert numbers(plan(listed("1", category="GARDEN"), retail_category="garden")) == ["1"]


def test_of_customers_with_one_address_the_one_who_bought_last_stands_with_that_balance() -> None:
    shared = {"email_1": "family@example.com"}
    found = plan(
        listed("1", last_sale="2026-01-01", points=5, **shared),
        listed("2", last_sale="2026-03-01", points=9, **shared),
        listed("3", points=99, **shared),
        listed("4", last_sale="2026-03-01", **(shared | {"email_1": "FAMILY@example.com"})),
    )
    assert [(row["Customer Number"], row["Point Balance"]) for row in rows(found)] == [("2", "9")]
    assert noted(found) == {("customer_shared_email", number) for number in ("1", "3", "4")}


def test_an_address_that_cannot_be_one_is_noted_and_left_out() -> None:
    found = plan(listed("1", email_1="vera at example"), listed("2", email_1=None))
    assert (numbers(found), noted(found)) == ([], {("customer_bad_email", "1")})


def test_no_cell_is_run_by_a_spreadsheet() -> None:
    found = plan(listed("1", first_name="=HYPERLINK(1)", last_name="+Plus", phone_1="@phone"))
    assert text(found, RETAIL).splitlines()[1].startswith("1,'=HYPERLINK(1),'+Plus,c1@example.com,'@phone,")


def test_the_files_are_private_and_lie_among_the_exports() -> None:
    assert {(file.place, file.private) for file in plan(listed("1")).files} == {("exports", True)}


def test_a_byte_order_mark_is_written_when_it_is_wanted_and_does_not_look_like_a_change() -> None:
    first = plan(listed("1"), bom=True)
    assert {file.content[:3] for file in first.files} == {b"\xef\xbb\xbf"}
    assert numbers(plan(listed("1"), last=first, hours=24, bom=True), "email_list_retail_changed.csv") == []


def test_the_same_customers_make_the_same_bytes_whatever_order_they_are_read_in() -> None:
    read = [listed("10"), listed("9"), listed("OL-10000")]
    assert plan(*read).files == plan(*reversed(read)).files
    assert numbers(plan(*read)) == ["9", "10", "OL-10000"]


def test_what_is_new_or_other_than_yesterday_is_in_a_file_of_its_own() -> None:
    yesterday = plan(listed("1", points=5), listed("2"), listed("3"))
    today = plan(listed("1", points=6), listed("2"), listed("4"), last=yesterday, hours=10)
    assert numbers(today, "email_list_retail_changed.csv") == ["1", "4"]
    assert text(today, "email_list_retail_gone.csv") == "Customer Number,Email Address\n3,c3@example.com\n"


def test_who_opts_out_is_among_those_to_take_out_of_the_mailing_tool() -> None:
    yesterday = plan(listed("1"))
    today = plan(listed("1", mail_opt_in="N"), last=yesterday, hours=10, min_share_of_last=0)
    assert numbers(today, "email_list_retail_gone.csv") == ["1"]


def test_all_runs_of_a_day_compare_with_the_evening_before() -> None:
    evening = plan(listed("1", points=5), as_of=AS_OF - timedelta(hours=8))
    morning = plan(listed("1", points=6), last=evening, hours=8)
    noon = plan(listed("1", points=6), listed("2"), last=morning, hours=2, as_of=AS_OF + timedelta(hours=8))
    assert numbers(noon, "email_list_retail_changed.csv") == ["1", "2"]
    assert text(noon, "email_list_retail_yesterday.csv") == text(evening, RETAIL)
    again = plan(listed("1", points=6), listed("2"), last=noon, hours=2, as_of=AS_OF + timedelta(hours=10))
    assert again.files == noon.files


def test_a_list_of_another_store_in_the_folder_is_nobodys_yesterday() -> None:
    """The sandbox's invented customers must not be told as gone on the first day of the real store."""
    sandbox = plan(listed("1"), listed("2"))
    inputs = {
        "customers": customers(listed("9")),
        "published": published(),
        "exported": pd.DataFrame([(f.name, f.content.decode()) for f in sandbox.files], columns=["name", "text"]),
    }
    assert numbers(planned(AUTOMATION, inputs), "email_list_retail_gone.csv") == []


@pytest.mark.parametrize("spoiled", ["", "not,a,list\n1,2,3\n", '"half'])
def test_a_file_that_somebody_spoiled_only_makes_everything_new(spoiled: str) -> None:
    yesterday = plan(listed("1"))
    inputs = {
        "customers": customers(listed("1")),
        "published": published((RETAIL, 1, ""), published_at=AS_OF.astimezone(UTC) - timedelta(days=1)),
        "exported": pd.DataFrame([(RETAIL, spoiled)], columns=["name", "text"]),
    }
    found = planned(AUTOMATION, inputs)
    assert text(found, RETAIL) == text(yesterday, RETAIL)
    assert numbers(found, "email_list_retail_changed.csv") == ["1"]


def test_a_list_that_lost_half_of_its_rows_is_held_and_says_so() -> None:
    yesterday = plan(*(listed(str(number)) for number in range(10)))
    found = plan(*(listed(str(number)) for number in range(4)), last=yesterday)
    assert "email_list_retail.csv would have 4 rows, the last one had 10" in (found.held or "")
    assert plan(*(listed(str(number)) for number in range(5)), last=yesterday).held is None


def test_a_store_without_wholesale_customers_is_not_held_for_it() -> None:
    assert plan(listed("1"), last=plan(listed("1"))).held is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a@x.com", "b@x.com", "c@x.com", None]), st.sampled_from(["Y", "N", None]),
                          st.sampled_from(["RETAIL", "WHOLESALE"])), max_size=8))  # fmt: skip
def test_no_address_that_said_no_is_ever_in_any_file_for_import(given_customers: list[tuple[Any, Any, str]]) -> None:
    read = [
        listed(str(number), email_1=email, mail_opt_in=flag, category=category)
        for number, (email, flag, category) in enumerate(given_customers)
    ]
    refused = {email for email, flag, _ in given_customers if flag != "Y"}
    found = plan(*read)
    for file in found.files:
        if "_gone" not in file.name:
            assert not {row["Email Address"] for row in rows(found, file.name)} & refused
