"""New customers end to end: no second one with an address or a phone that is there, whatever the API answers."""

from __future__ import annotations

import os
import stat
from typing import Any

import pytest

from ops_platform.flows.effects.customers import CustomerSender
from ops_platform.flows.effects.senders import CannotTell, Effect, RetryLater, Sent
from ops_platform.flows.retail.gather import Gathered
from ops_platform.retail.registry import by_name
from ops_platform_tests.adapters.counterpoint_rows import counted
from ops_platform_tests.flows.retail.conftest import AS_OF
from ops_platform_tests.flows.retail.till import Till
from ops_platform_tests.patience import patience, until

ONE = "new_customers"


def test_a_lead_becomes_a_customer_that_sql_sees_and_people_read_about(till: Till) -> None:
    till.leads({})
    outcome = till.run(ONE)[ONE]
    assert (outcome.status, outcome.outgoing.counts.sent) == ("applied", 1)
    assert (till.pos.customer("100001") or {})["PHONE_1"] == "828-555-1234"
    [line] = till.made()
    assert {name: line[name] for name in ("customer_number", "first_name", "phone_number", "email", "zip_code")} == {
        "customer_number": "100001", "first_name": "Pat", "phone_number": "828-555-1234",
        "email": "pat@customers.example", "zip_code": "28801",
    }  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
def test_the_list_of_new_customers_is_for_its_owner_only(till: Till) -> None:
    till.leads({})
    till.run(ONE)
    assert stat.S_IMODE((till.home / "retail" / "new_customers.csv").stat().st_mode) == 0o600


def test_a_second_run_makes_nobody_and_leaves_the_list_as_it_is(till: Till) -> None:
    till.leads({}, {"date": "2026-05-14 03:20:00"})  # the same person again
    till.run(ONE)
    before = (till.home / "retail" / "new_customers.csv").stat().st_mtime_ns
    outcome = till.run(ONE)[ONE]
    assert (till.posts(), till.people(), len(till.made())) == (1, ["Pat"], 1)
    assert len(outcome.plan.effects) == 0
    assert (till.home / "retail" / "new_customers.csv").stat().st_mtime_ns == before


def test_a_customer_with_the_address_in_other_letters_is_found_without_a_call(till: Till) -> None:
    till.pos.add_customer("1001", EMAIL_ADRS_1="pat@CUSTOMERS.example ", FST_NAM="Old")
    till.leads({"email": "Pat@Customers.Example", "phone": ""})
    till.run(ONE)
    assert (till.posts(), till.people(), till.made()) == (0, ["Old"], [])


def test_a_lead_the_api_refuses_is_an_error_and_the_next_one_is_made(till: Till) -> None:
    till.sandbox.faults.add("counterpoint", "error_in_201", code="ERROR_MISSING_REQUIRED_DATA", method="POST")
    till.leads({}, {"date": "2026-05-14 03:20:00", "first_name": "Kim", "email": "kim@customers.example", "phone": ""})
    outcome = till.run(ONE)[ONE]
    assert (outcome.outgoing.counts.failed, outcome.outgoing.counts.sent) == (1, 1)
    assert (till.people(), [line["first_name"] for line in till.made()]) == (["Kim"], ["Kim"])
    [failed] = till.rows("SELECT reason FROM ops.effects WHERE status = 'failed'")
    assert "ERROR_MISSING_REQUIRED_DATA" in failed["reason"]


AMBIGUOUS: list[tuple[str, dict[str, Any]]] = [
    ("timeout_before", {}), ("timeout_after", {}), ("refuse", {}), ("refuse", {"accepted": True}), ("reset", {}),
    ("short_body", {}), ("html", {}), ("html", {"accepted": True}), ("malformed_json", {}),
    ("status", {"status": 500}), ("status", {"status": 502, "accepted": True}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options"), AMBIGUOUS)
def test_when_nobody_knows_whether_it_was_made_it_is_looked_up_and_made_once(
    till: Till, kind: str, options: dict[str, Any]
) -> None:
    till.use(counterpoint_api__timeout_seconds=patience(kind))
    till.sandbox.faults.add("counterpoint", kind, method="POST", **options)
    till.leads({})
    assert till.run(ONE)[ONE].outgoing.counts.unknown == 1
    until("the call has come", till.posts)
    till.run(ONE)  # within the grace period nothing is asked again
    assert till.posts() == 1
    till.later()
    till.run(ONE)
    assert till.people() == ["Pat"]
    assert set(till.effects().values()) == {"sent"}
    assert [line["customer_number"] for line in till.made()] == ["100001"]


@pytest.mark.parametrize("fault", ["error_in_201", "no_template"])
def test_an_error_without_a_reason_is_tried_later_and_makes_nobody_twice(till: Till, fault: str) -> None:
    till.sandbox.faults.add("counterpoint", fault, method="POST")
    till.leads({})
    counts = till.run(ONE)[ONE].outgoing.counts
    assert (counts.unknown, counts.waiting) == (0, 1)
    till.later()
    till.run(ONE)
    assert (till.people(), set(till.effects().values())) == (["Pat"], {"sent"})


def test_an_error_without_a_reason_of_an_api_that_made_the_customer_all_the_same_is_a_success(till: Till) -> None:
    body = '{"ErrorCode": "ERROR_UNKNOWN"}'
    till.sandbox.faults.add("counterpoint", "status", status=500, body=body, accepted=True, method="POST")
    till.leads({})
    assert till.run(ONE)[ONE].outgoing.counts.sent == 1
    assert [line["customer_number"] for line in till.made()] == ["100001"]


def test_an_api_that_is_away_leaves_the_customers_waiting_and_counts_no_try(till: Till) -> None:
    till.leads({}, {"date": "2026-05-14 03:20:00", "email": "kim@customers.example", "phone": ""})
    till.sandbox.faults.add("counterpoint", "status", status=401, times=None)
    till.run(ONE)
    assert (till.posts(), set(till.effects().values())) == (1, {"planned"})
    till.sandbox.faults.switch_off()
    till.later()
    till.run(ONE)
    assert len(till.people()) == 2


def test_who_became_a_customer_at_the_till_meanwhile_is_not_made_again(till: Till) -> None:
    """Between the plan, which waited for an API that was away, and the call."""
    till.leads({})
    till.sandbox.faults.add("counterpoint", "status", status=401, times=1)
    till.run(ONE)
    till.pos.add_customer("7", PHONE_1="(828) 555-1234", FST_NAM="Till")
    till.later()
    till.run(ONE)
    assert (till.people(), till.made()) == (["Till"], [])
    [row] = till.rows("SELECT status, provider_id FROM ops.effects")
    assert (row["status"], row["provider_id"]) == ("sent", "7")


def test_a_dry_run_shows_who_would_be_made_and_makes_nobody(till: Till) -> None:
    till.leads({})
    outcome = till.run(ONE, apply=False)[ONE]
    assert (outcome.status, len(outcome.plan.effects)) == ("planned", 1)
    assert (till.posts(), till.effects(), till.made()) == (0, {}, [])


def test_a_file_of_leads_that_is_missing_or_empty_is_a_success(till: Till) -> None:
    assert till.run(ONE)[ONE].status == "applied"
    till.leads()
    assert till.run(ONE)[ONE].status == "applied"


def test_a_mass_of_leads_waits_for_a_person(till: Till) -> None:
    till.use(new_customers__max_new=1)
    till.leads({}, {"date": "2026-05-14 03:20:00", "email": "kim@customers.example", "phone": ""})
    assert till.run(ONE)[ONE].status == "held"
    assert (till.posts(), set(till.effects().values())) == (0, {"held"})


def test_the_contact_of_a_new_customer_is_set_in_the_same_run(till: Till) -> None:
    till.leads({"first_name": "PAT", "last_name": "o'hare"})
    till.run("contact_1", ONE)
    assert (till.pos.customer("100001") or {})["CONTCT_1"] == "Pat O'Hare"


def test_any_number_of_leads_is_checked_with_one_query(till: Till) -> None:
    for number in range(40):
        till.pos.add_customer(str(number), EMAIL_ADRS_1=f"c{number}@customers.example")
    till.leads(*({"email": f"C{number}@customers.example", "phone": ""} for number in range(0, 80, 2)))
    with till.systems() as systems, counted(systems.counterpoint) as sent:
        inputs = Gathered(till.db, systems).inputs(by_name(ONE), till.settings.retail, AS_OF)
        plan = by_name(ONE).plan(inputs, till.settings.retail, AS_OF)
    assert (len(plan.effects), plan.figures["known_already"]) == (20, 20)
    assert len([statement for statement in sent if "AR_CUST" in statement]) == 1


# -- the sender by itself


def effect(**fields: str) -> Effect:
    return Effect(1, "customer/lead/x", "customer", ONE, "x", {"FST_NAM": "Pat", "LST_NAM": "Example", **fields}, True)


def test_customers_are_never_looked_up_in_one_store_and_made_in_another(till: Till) -> None:
    till.use(counterpoint__mode="live")
    with till.systems() as systems:
        answer = CustomerSender(systems).send(effect(PHONE_1="828-555-1234"))
    assert isinstance(answer, RetryLater)
    assert "retail.counterpoint_api.mode to the same" in answer.reason
    assert till.posts() == 0


def test_without_its_database_nobody_is_made_and_nothing_can_be_told(till: Till) -> None:
    till.leads({})
    url, till.url = till.url, "postgresql://nobody@127.0.0.1:1/none"
    try:
        with till.systems() as systems:
            sender = CustomerSender(systems)
            answer, found = sender.send(effect(PHONE_1="828-555-1234")), sender.look_up(effect(PHONE_1="828-555-1234"))
    finally:
        till.url = url
    assert isinstance(answer, RetryLater)
    assert answer.stop
    assert isinstance(found, CannotTell)
    assert till.posts() == 0


def test_somebody_who_is_a_customer_is_told_by_the_number(till: Till) -> None:
    till.pos.add_customer("7", EMAIL_ADRS_2="PAT@x.com")
    with till.systems() as systems:
        assert CustomerSender(systems).send(effect(EMAIL_ADRS_1="pat@x.com")) == Sent("7", "was a customer already")


def test_neither_key_nor_label_nor_note_nor_event_holds_what_somebody_typed(till: Till) -> None:
    canary = {
        "first_name": "Canary",
        "last_name": "Birdsong",
        "email": "canary@birdsong.example",
        "phone": "8285559876",
    }
    till.leads(canary, {"date": "2026-05-14 03:20:00", "email": "canary at birdsong", "phone": "5559876"})
    till.sandbox.faults.add(
        "counterpoint", "error_in_201", code="ERROR_UNKNOWN", message="8285559876 canary@birdsong.example"
    )
    till.run(ONE)
    shown = str(till.rows("SELECT key, label, wanted_because, reason, target FROM ops.effects"))
    shown += str(till.rows("SELECT * FROM ops.effect_events"))
    shown += str(till.rows("SELECT notes FROM retail.automation_runs"))
    assert not any(secret in shown.lower() for secret in ("canary", "birdsong", "5559876", "555-9876"))
