"""New customers end to end: no second one with an address or a phone that is there, whatever the API answers."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops_platform.flows.effects.customers import CustomerSender
from ops_platform.flows.effects.senders import CannotTell, Effect, RetryLater, Sent
from ops_platform.flows.retail.gather import Gathered
from ops_platform.retail.registry import by_name
from ops_platform_tests.adapters.counterpoint_rows import counted
from ops_platform_tests.flows.retail.conftest import AS_OF
from ops_platform_tests.flows.retail.till import Till, till

ONE = "new_customers"


@pytest.fixture(scope="module")
def served(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with till(database_url, tmp_path_factory.mktemp("till")) as made:
        yield made


@pytest.fixture
def shop(served: Till, tmp_path: Path) -> Till:
    return served.begin(tmp_path)


def test_a_lead_becomes_a_customer_that_sql_sees_and_people_read_about(shop: Till) -> None:
    shop.leads({})
    outcome = shop.run(ONE)[ONE]
    assert (outcome.status, outcome.outgoing.counts.sent) == ("applied", 1)
    assert (shop.pos.customer("100001") or {})["PHONE_1"] == "828-555-1234"
    [line] = shop.made()
    assert {name: line[name] for name in ("customer_number", "first_name", "phone_number", "email", "zip_code")} == {
        "customer_number": "100001", "first_name": "Pat", "phone_number": "828-555-1234",
        "email": "pat@customers.example", "zip_code": "28801",
    }  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
def test_the_list_of_new_customers_is_for_its_owner_only(shop: Till) -> None:
    shop.leads({})
    shop.run(ONE)
    assert stat.S_IMODE((shop.home / "retail" / "new_customers.csv").stat().st_mode) == 0o600


def test_a_second_run_makes_nobody_and_leaves_the_list_as_it_is(shop: Till) -> None:
    shop.leads({}, {"date": "2026-05-14 03:20:00"})  # the same person again
    shop.run(ONE)
    before = (shop.home / "retail" / "new_customers.csv").stat().st_mtime_ns
    outcome = shop.run(ONE)[ONE]
    assert (shop.posts(), shop.people(), len(shop.made())) == (1, ["Pat"], 1)
    assert len(outcome.plan.effects) == 0
    assert (shop.home / "retail" / "new_customers.csv").stat().st_mtime_ns == before


def test_a_customer_with_the_address_in_other_letters_is_found_without_a_call(shop: Till) -> None:
    shop.pos.add_customer("1001", EMAIL_ADRS_1="pat@CUSTOMERS.example ", FST_NAM="Old")
    shop.leads({"email": "Pat@Customers.Example", "phone": ""})
    shop.run(ONE)
    assert (shop.posts(), shop.people(), shop.made()) == (0, ["Old"], [])


def test_a_lead_the_api_refuses_is_an_error_and_the_next_one_is_made(shop: Till) -> None:
    shop.sandbox.faults.add("counterpoint", "error_in_201", code="ERROR_MISSING_REQUIRED_DATA", method="POST")
    shop.leads({}, {"date": "2026-05-14 03:20:00", "first_name": "Kim", "email": "kim@customers.example", "phone": ""})
    outcome = shop.run(ONE)[ONE]
    assert (outcome.outgoing.counts.failed, outcome.outgoing.counts.sent) == (1, 1)
    assert (shop.people(), [line["first_name"] for line in shop.made()]) == (["Kim"], ["Kim"])
    [failed] = shop.rows("SELECT reason FROM ops.effects WHERE status = 'failed'")
    assert "ERROR_MISSING_REQUIRED_DATA" in failed["reason"]


AMBIGUOUS: list[tuple[str, dict[str, Any]]] = [
    ("timeout_before", {}), ("timeout_after", {}), ("refuse", {}), ("refuse", {"accepted": True}), ("reset", {}),
    ("short_body", {}), ("html", {}), ("html", {"accepted": True}), ("malformed_json", {}),
    ("status", {"status": 500}), ("status", {"status": 502, "accepted": True}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options"), AMBIGUOUS)
def test_when_nobody_knows_whether_it_was_made_it_is_looked_up_and_made_once(
    shop: Till, kind: str, options: dict[str, Any]
) -> None:
    shop.use(counterpoint_api__timeout_seconds=0.3)
    shop.sandbox.faults.add("counterpoint", kind, method="POST", **options)
    shop.leads({})
    assert shop.run(ONE)[ONE].outgoing.counts.unknown == 1
    shop.run(ONE)  # within the grace period nothing is asked again
    assert shop.posts() == 1
    shop.later()
    shop.run(ONE)
    assert shop.people() == ["Pat"]
    assert set(shop.effects().values()) == {"sent"}
    assert [line["customer_number"] for line in shop.made()] == ["100001"]


@pytest.mark.parametrize("fault", ["error_in_201", "no_template"])
def test_an_error_without_a_reason_is_tried_later_and_makes_nobody_twice(shop: Till, fault: str) -> None:
    shop.sandbox.faults.add("counterpoint", fault, method="POST")
    shop.leads({})
    counts = shop.run(ONE)[ONE].outgoing.counts
    assert (counts.unknown, counts.waiting) == (0, 1)
    shop.later()
    shop.run(ONE)
    assert (shop.people(), set(shop.effects().values())) == (["Pat"], {"sent"})


def test_an_error_without_a_reason_of_an_api_that_made_the_customer_all_the_same_is_a_success(shop: Till) -> None:
    body = '{"ErrorCode": "ERROR_UNKNOWN"}'
    shop.sandbox.faults.add("counterpoint", "status", status=500, body=body, accepted=True, method="POST")
    shop.leads({})
    assert shop.run(ONE)[ONE].outgoing.counts.sent == 1
    assert [line["customer_number"] for line in shop.made()] == ["100001"]


def test_an_api_that_is_away_leaves_the_customers_waiting_and_counts_no_try(shop: Till) -> None:
    shop.leads({}, {"date": "2026-05-14 03:20:00", "email": "kim@customers.example", "phone": ""})
    shop.sandbox.faults.add("counterpoint", "status", status=401, times=None)
    shop.run(ONE)
    assert (shop.posts(), set(shop.effects().values())) == (1, {"planned"})
    shop.sandbox.faults.switch_off()
    shop.later()
    shop.run(ONE)
    assert len(shop.people()) == 2


def test_who_became_a_customer_at_the_till_meanwhile_is_not_made_again(shop: Till) -> None:
    """Between the plan, which waited for an API that was away, and the call."""
    shop.leads({})
    shop.sandbox.faults.add("counterpoint", "status", status=401, times=1)
    shop.run(ONE)
    shop.pos.add_customer("7", PHONE_1="(828) 555-1234", FST_NAM="Till")
    shop.later()
    shop.run(ONE)
    assert (shop.people(), shop.made()) == (["Till"], [])
    [row] = shop.rows("SELECT status, provider_id FROM ops.effects")
    assert (row["status"], row["provider_id"]) == ("sent", "7")


def test_a_dry_run_shows_who_would_be_made_and_makes_nobody(shop: Till) -> None:
    shop.leads({})
    outcome = shop.run(ONE, apply=False)[ONE]
    assert (outcome.status, len(outcome.plan.effects)) == ("planned", 1)
    assert (shop.posts(), shop.effects(), shop.made()) == (0, {}, [])


def test_a_file_of_leads_that_is_missing_or_empty_is_a_success(shop: Till) -> None:
    assert shop.run(ONE)[ONE].status == "applied"
    shop.leads()
    assert shop.run(ONE)[ONE].status == "applied"


def test_a_mass_of_leads_waits_for_a_person(shop: Till) -> None:
    shop.use(new_customers__max_new=1)
    shop.leads({}, {"date": "2026-05-14 03:20:00", "email": "kim@customers.example", "phone": ""})
    assert shop.run(ONE)[ONE].status == "held"
    assert (shop.posts(), set(shop.effects().values())) == (0, {"held"})


def test_the_contact_of_a_new_customer_is_set_in_the_same_run(shop: Till) -> None:
    shop.leads({"first_name": "PAT", "last_name": "o'hare"})
    shop.run("contact_1", ONE)
    assert (shop.pos.customer("100001") or {})["CONTCT_1"] == "Pat O'Hare"


def test_any_number_of_leads_is_checked_with_one_query(shop: Till) -> None:
    for number in range(40):
        shop.pos.add_customer(str(number), EMAIL_ADRS_1=f"c{number}@customers.example")
    shop.leads(*({"email": f"C{number}@customers.example", "phone": ""} for number in range(0, 80, 2)))
    with shop.systems() as systems, counted(systems.counterpoint) as sent:
        inputs = Gathered(shop.db, systems).inputs(by_name(ONE), shop.settings.retail, AS_OF)
        plan = by_name(ONE).plan(inputs, shop.settings.retail, AS_OF)
    assert (len(plan.effects), plan.figures["known_already"]) == (20, 20)
    assert len([statement for statement in sent if "AR_CUST" in statement]) == 1


# -- the sender by itself


def effect(**fields: str) -> Effect:
    return Effect(1, "customer/lead/x", "customer", ONE, "x", {"FST_NAM": "Pat", "LST_NAM": "Example", **fields}, True)


def test_customers_are_never_looked_up_in_one_store_and_made_in_another(shop: Till) -> None:
    shop.use(counterpoint__mode="live")
    with shop.systems() as systems:
        answer = CustomerSender(systems).send(effect(PHONE_1="828-555-1234"))
    assert isinstance(answer, RetryLater)
    assert "retail.counterpoint_api.mode to the same" in answer.reason
    assert shop.posts() == 0


def test_without_its_database_nobody_is_made_and_nothing_can_be_told(shop: Till) -> None:
    shop.leads({})
    url, shop.url = shop.url, "postgresql://nobody@127.0.0.1:1/none"
    try:
        with shop.systems() as systems:
            sender = CustomerSender(systems)
            answer, found = sender.send(effect(PHONE_1="828-555-1234")), sender.look_up(effect(PHONE_1="828-555-1234"))
    finally:
        shop.url = url
    assert isinstance(answer, RetryLater)
    assert answer.stop
    assert isinstance(found, CannotTell)
    assert shop.posts() == 0


def test_somebody_who_is_a_customer_is_told_by_the_number(shop: Till) -> None:
    shop.pos.add_customer("7", EMAIL_ADRS_2="PAT@x.com")
    with shop.systems() as systems:
        assert CustomerSender(systems).send(effect(EMAIL_ADRS_1="pat@x.com")) == Sent("7", "was a customer already")


def test_neither_key_nor_label_nor_note_nor_event_holds_what_somebody_typed(shop: Till) -> None:
    canary = {
        "first_name": "Canary",
        "last_name": "Birdsong",
        "email": "canary@birdsong.example",
        "phone": "8285559876",
    }
    shop.leads(canary, {"date": "2026-05-14 03:20:00", "email": "canary at birdsong", "phone": "5559876"})
    shop.sandbox.faults.add(
        "counterpoint", "error_in_201", code="ERROR_UNKNOWN", message="8285559876 canary@birdsong.example"
    )
    shop.run(ONE)
    shown = str(shop.rows("SELECT key, label, wanted_because, reason, target FROM ops.effects"))
    shown += str(shop.rows("SELECT * FROM ops.effect_events"))
    shown += str(shop.rows("SELECT notes FROM retail.automation_runs"))
    assert not any(secret in shown.lower() for secret in ("canary", "birdsong", "5559876", "555-9876"))
