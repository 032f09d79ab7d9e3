from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.create_customers import AUTOMATION
from ops_platform_tests.retail.customer_store import (
    AS_OF,
    customers,
    effects_recorded,
    last_success,
    lead,
    leads,
    person,
    planned,
)
from ops_platform_tests.retail.store import noted


def plan(
    *found: dict[str, Any],
    of: tuple[dict[str, Any], ...] = (),
    recorded: dict[str, str] | None = None,
    last: datetime | None = None,
    as_of: datetime = AS_OF,
    **sections: Any,
) -> Plan:
    inputs = {
        "leads": leads(*found),
        "customers": customers(*of),
        "recorded": effects_recorded(**(recorded or {})),
        "last_success": last_success(*([last] if last else [])),
    }
    return planned(AUTOMATION, inputs, as_of, **sections)


def made(found: Plan) -> list[str]:
    return found.effects["target"].tolist()


def test_a_lead_that_is_nobody_yet_becomes_a_customer() -> None:
    [effect] = plan(lead("L1")).effects.to_dict("records")
    assert (effect["key"], effect["kind"], effect["keep_first"]) == ("customer/lead/L1", "customer", True)
    assert effect["payload"]["EMAIL_ADRS_1"] == "pat@customers.example"
    assert effect["label"] == "lead of 2026-05-14 03:10"


@pytest.mark.parametrize(
    "known", [{"email_1": "Pat@CUSTOMERS.example "}, {"email_2": "pat@customers.example"}, {"mobile_1": "828-555-1234"}]
)
def test_a_lead_with_a_known_address_or_phone_creates_no_customer(known: dict[str, str]) -> None:
    found = plan(lead("L1"), of=(person("1001", **known),))
    assert (made(found), found.figures["known_already"]) == ([], 1)


def test_of_two_identical_leads_the_first_becomes_a_customer() -> None:
    assert made(plan(lead("L2", "2026-05-14 03:20"), lead("L1"))) == ["L1"]


def test_a_second_lead_is_the_same_person_by_either_of_both() -> None:
    by_phone = lead("L2", "2026-05-14 03:20", email="other@customers.example")
    by_email = lead("L3", "2026-05-14 03:30", phone=None)
    chained = lead("L4", "2026-05-14 03:40", email="third@customers.example", phone="828-555-9999")
    assert made(plan(lead("L1"), by_phone, by_email, chained)) == ["L1", "L4"]


@pytest.mark.parametrize("status", ["planned", "claimed", "unknown", "sent", "held"])
def test_what_was_recorded_before_is_planned_as_it_was_and_the_second_lead_waits(status: str) -> None:
    """The ledger knows the key: the same effect is never done twice, whatever became of it."""
    assert made(plan(lead("L1"), lead("L2", "2026-05-14 03:20"), recorded={"L1": status})) == ["L1"]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_after_a_lead_that_failed_the_next_one_of_the_same_person_has_its_turn(status: str) -> None:
    assert made(plan(lead("L1"), lead("L2", "2026-05-14 03:20"), recorded={"L1": status})) == ["L2"]


def test_a_lead_of_a_quarter_to_midnight_is_not_lost() -> None:
    late = lead("L1", "2026-05-13 23:45")
    assert made(plan(late)) == ["L1"]
    assert made(plan(late, new_customers={"lookback_days": 0})) == []


def test_after_a_standstill_the_leads_since_the_last_success_are_looked_at() -> None:
    old = lead("L1", "2026-05-10 12:00")
    assert made(plan(old)) == []
    assert made(plan(old, last=AS_OF - timedelta(days=5))) == ["L1"]


def test_a_lead_that_came_after_the_tick_is_left_to_the_next_one() -> None:
    assert made(plan(lead("L1", "2026-05-14 04:10"))) == []


def test_no_leads_are_a_success_with_nothing_to_do() -> None:
    found = plan()
    assert (made(found), found.held, found.considered) == ([], None, 0)


def test_what_cannot_become_a_customer_is_noted_and_stops_no_other() -> None:
    found = plan(
        lead("L1", email=None, phone=None),
        lead("L2", "2026-05-14 03:20", first_name="Cher", last_name=None, email="cher@customers.example", phone=None),
        lead("L3", "2026-05-14 03:30"),
    )
    assert made(found) == ["L3"]
    assert noted(found) == {("lead_without_contact", "L1"), ("lead_without_name", "L2")}
    assert found.figures["rejected"] == 2


def test_a_customer_without_address_and_phone_is_nobody_special() -> None:
    assert made(plan(lead("L1", phone=None), of=(person("1001", email_1="", phone_1=" "),))) == ["L1"]


def test_more_new_customers_than_allowed_wait() -> None:
    many = [lead(f"L{n}", email=f"pat{n}@customers.example", phone=None) for n in range(12)]
    assert "12 customers would be made at once, more than 11" in (plan(*many, new_customers={"max_new": 11}).held or "")
    assert plan(*many, new_customers={"max_new": 12}).held is None


def test_nobody_is_made_in_another_store_than_the_one_that_was_looked_into() -> None:
    found = plan(lead("L1"), counterpoint={"mode": "live"})
    assert (made(found), noted(found)) == ([], {("api_of_another_store", "counterpoint_api")})


people = st.integers(0, 3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(people, people), min_size=1, max_size=8), st.lists(people, max_size=2))
def test_no_two_customers_of_a_plan_share_an_address_or_a_phone_and_none_is_there_already(
    written: list[tuple[int, int]], there: list[int]
) -> None:
    found = plan(
        *(
            lead(f"L{n}", f"2026-05-14 03:{n:02}", email=f"p{email}@customers.example", phone=f"828-555-010{phone}")
            for n, (email, phone) in enumerate(written)
        ),
        of=tuple(person(str(n), email_1=f"P{n}@customers.example") for n in there),
    )
    payloads = found.effects["payload"].tolist()
    for column in ("EMAIL_ADRS_1", "PHONE_1"):
        values = [payload[column] for payload in payloads]
        assert len(values) == len(set(values))
    assert not {payload["EMAIL_ADRS_1"] for payload in payloads} & {f"p{n}@customers.example" for n in there}


def test_no_note_and_no_key_holds_an_address_a_phone_or_a_name() -> None:
    canary = lead(
        "L1", email="canary@customers.example" * 3, phone="828-555-98765", first_name="Canary", last_name=None
    )
    found = plan(canary, lead("L2", "2026-05-14 03:20"))
    shown = found.notes.to_csv() + found.effects.drop(columns="payload").to_csv()
    assert not any(secret in shown for secret in ("anary", "pat@", "98765", "555-1234", "Example"))
