"""Item 17: yesterday's leads and those of the early morning, each in one mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.core import effect_keys
from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.send_lead_followup import AUTOMATION
from ops_platform.retail.leads import Lead
from ops_platform.retail.notes import CODES
from ops_platform.retail.shared_rows import Reject
from ops_platform.retail.snapshots import FIRST_SUCCESS
from ops_platform_tests.retail.request_rows import at, customers, followed_up, lead, leads, rejects, states
from ops_platform_tests.retail.store import noted, planned

MORNING = at("2026-05-14 07:00")
TO = ("sales@store.example", "owner@store.example")


def plan(
    *given_leads: Lead,
    as_of: datetime = MORNING,
    followed: dict[str, str] | None = None,
    tried: dict[str, str] | None = None,
    first: str | None = None,
    to: tuple[str, ...] = TO,
    **inputs: Any,
) -> Plan:
    """The plan of a morning. first: when the automation first did its work; tried: mails of the other system."""
    first_success = pd.DataFrame({"as_of": [at(first)] if first else []}, columns=list(FIRST_SUCCESS), dtype=object)
    read = {
        "leads": leads(*given_leads),
        "rejected": rejects(),
        "followed_up": followed_up(followed, tried),
        "first_success": first_success,
        "customers": customers(),
        "made_customers": states(),
        **inputs,
    }
    return planned(AUTOMATION, read, as_of, lead_followup={"recipients": to})


def mails(found: Plan) -> list[dict[str, Any]]:
    """The leads of the one mail; none when there is no mail."""
    assert len(found.effects) <= 1
    return [lead for payload in found.effects["payload"] for lead in payload["context"]["leads"]]


def received(found: Plan) -> list[str]:
    """When the leads of the mail came."""
    return [each["received_at"][:16] for each in mails(found)]


def test_yesterdays_leads_and_those_of_this_morning_are_in_the_mail_and_older_ones_are_not() -> None:
    found = plan(lead("2026-05-13 00:00:00"), lead("2026-05-14 06:00"), lead("2026-05-12 23:59:59"))
    assert received(found) == ["2026-05-13T00:00", "2026-05-14T06:00"]
    [effect] = found.effects.to_dict("records")
    assert (effect["kind"], effect["target"], effect["keep_first"]) == ("email", ", ".join(TO), True)
    assert effect["payload"]["to"] == list(TO)
    assert effect["payload"]["kind_of_mail"] == "staff"


def test_without_leads_there_is_no_mail() -> None:
    assert mails(plan()) == []
    assert mails(plan(lead("2026-05-12 08:00"))) == []


def test_a_second_run_of_the_morning_writes_nothing() -> None:
    one, two = lead("2026-05-13 08:00"), lead("2026-05-14 06:50")
    assert mails(plan(one, two, followed={one.lead_id: "sent", two.lead_id: "sent"})) == []


def test_a_lead_of_this_morning_is_not_in_tomorrows_mail() -> None:
    early, late = lead("2026-05-14 06:50"), lead("2026-05-14 07:10")
    tomorrow = plan(early, late, as_of=at("2026-05-15 07:00"), followed={early.lead_id: "sent"})
    assert received(tomorrow) == ["2026-05-14T07:10"]


@pytest.mark.parametrize("status", ["held", "planned", "claimed", "unknown", "cancelled"])
def test_a_lead_whose_mail_is_under_way_is_in_no_second_one(status: str) -> None:
    one = lead("2026-05-13 08:00")
    assert mails(plan(one, followed={one.lead_id: status})) == []


@pytest.mark.parametrize("status", ["failed", "expired", "suppressed"])
def test_a_lead_whose_mail_was_lost_stands_in_the_next_however_old(status: str) -> None:
    lost = lead("2026-05-08 08:00")
    assert received(plan(lost, followed={lost.lead_id: status})) == ["2026-05-08T08:00"]


def test_after_a_standstill_the_mail_goes_back_to_the_last_one_but_not_for_ever() -> None:
    mailed = lead("2026-05-09 08:00")
    found = plan(lead("2026-05-10 12:00"), mailed, first="2026-03-01 07:00", followed={mailed.lead_id: "sent"})
    assert received(found) == ["2026-05-10T12:00"]
    needs = AUTOMATION.needs(_settings(), MORNING)
    assert needs["leads"].since == at("2026-04-30 00:00").date()  # type: ignore[union-attr]


def _settings() -> Any:
    from ops_platform.settings_retail import RetailSettings

    return RetailSettings()


def test_leads_that_came_while_nobody_was_named_who_reads_them_stand_in_the_first_mail() -> None:
    """Runs without a reader did their work as well: going by the last of them would lose what waited before it."""
    waited = [lead(f"2026-05-{day:02} 12:00") for day in (4, 5, 6, 7)]
    morning: dict[str, Any] = {"as_of": at("2026-05-08 07:00"), "first": "2026-05-05 07:00"}
    assert mails(plan(*waited, to=(), **morning)) == []
    assert received(plan(*waited, **morning)) == [f"2026-05-{day:02}T12:00" for day in (4, 5, 6, 7)]


def test_leads_from_before_the_automation_ever_ran_are_not_brought_back_by_any_run() -> None:
    before, ours = lead("2026-05-12 23:00"), lead("2026-05-13 08:00")
    assert received(plan(before, ours)) == ["2026-05-13T08:00"]
    assert received(plan(before, ours, first="2026-05-14 07:00")) == ["2026-05-13T08:00"]
    assert mails(plan(before, as_of=at("2026-05-15 07:00"), first="2026-05-14 07:00")) == []


def test_the_first_real_mail_does_not_bring_back_what_was_mailed_in_the_sandbox_before() -> None:
    old, waited, new = lead("2026-05-10 08:00"), lead("2026-05-11 08:00"), lead("2026-05-13 08:00")
    found = plan(old, waited, new, first="2026-05-01 07:00", tried={old.lead_id: "sent", new.lead_id: "sent"})
    assert received(found) == ["2026-05-11T08:00", "2026-05-13T08:00"]


def test_a_lead_whose_mail_was_lost_in_the_sandbox_stood_in_no_mail() -> None:
    old = lead("2026-05-10 08:00")
    assert received(plan(old, first="2026-05-01 07:00", tried={old.lead_id: "failed"})) == ["2026-05-10T08:00"]


def test_a_lead_dated_in_the_future_waits_for_its_day() -> None:
    assert mails(plan(lead("2026-05-14 07:01"))) == []


def test_what_the_template_needs_is_there() -> None:
    [shown] = mails(
        plan(lead("2026-05-13 08:22:05", comments="<b>A pond</b>", timeline="Today", interested_in=("Design", "Patio")))
    )
    assert shown["name"] == "Jane O'Hare"
    assert (shown["phone"], shown["phone_digits"]) == ("(828) 555-1234", "8285551234")
    assert shown["address"] == "12 Oak St, Asheville, NC 28801"
    assert shown["goals"] == ["Design", "Patio"]
    assert (shown["timeline"], shown["is_urgent"], shown["comments"]) == ("Today", True, "<b>A pond</b>")


def test_what_was_not_filled_in_is_none_and_a_short_phone_stays_as_it_is() -> None:
    bare = Lead(at("2026-05-13 08:00"), phone="555-1234")
    [shown] = mails(plan(bare))
    assert (shown["phone"], shown["phone_digits"]) == ("555-1234", None)
    assert shown["name"] == "No name given"
    assert [shown[name] for name in ("email", "address", "timeline", "comments")] == [None] * 4
    assert (shown["goals"], shown["is_urgent"]) == ([], False)


def test_the_mail_says_whether_the_customer_is_new() -> None:
    new = lead("2026-05-13 08:00", email="new@x.example", phone=None)
    old = lead("2026-05-13 09:00", email=None, phone="828.555.9999")
    nobody = lead("2026-05-13 10:00", email="nobody@x.example", phone=None)
    found = plan(
        new,
        old,
        nobody,
        customers=customers({"email_1": "NEW@x.example"}, {"phone_1": "828-555-9999"}),
        made_customers=states({effect_keys.new_customer(new.lead_id): "sent"}),
    )
    assert [(each["customer"], each["customer_no"]) for each in mails(found)] == [
        ("created", "1001"),
        ("found", "1002"),
        ("unknown", None),
    ]


def test_a_customer_that_is_still_to_be_made_is_not_called_new() -> None:
    one = lead("2026-05-13 08:00")
    found = plan(one, made_customers=states({effect_keys.new_customer(one.lead_id): "planned"}))
    assert [each["customer"] for each in mails(found)] == ["unknown"]


def test_without_a_reader_it_says_so_and_the_leads_wait() -> None:
    found = plan(lead("2026-05-13 08:00"), to=())
    assert mails(found) == []
    assert noted(found) == {("leads_without_reader", "lead_followup.recipients")}


def test_rows_that_could_not_be_read_are_told_by_place_and_kept_for_the_table() -> None:
    row = Reject("design_request_leads.csv", 7, "date", "bad_date", "write it so", "yesterday,Jane,jane@x.example")
    found = plan(rejected=rejects(row))
    assert noted(found) == {("bad_date", "design_request_leads.csv line 7")}
    assert "jane" not in found.notes.to_json()
    assert found.records["rejected_rows"]["raw"].tolist() == [row.raw]
    assert set(found.notes["code"]) <= CODES.keys()


def test_no_address_stands_in_the_key_or_the_label() -> None:
    [effect] = plan(lead("2026-05-13 08:00")).effects.to_dict("records")
    assert effect["key"].startswith("lead_followup/2026-05-14/")
    assert "jane" not in f"{effect['key']}{effect['label']}{effect['reason']}".lower()


def _lead(minute: int, name: str) -> Lead:
    """A lead so many minutes after the tenth of May began."""
    day, rest = divmod(minute, 24 * 60)
    return lead(f"2026-05-{10 + day:02} {rest // 60:02}:{rest % 60:02}", email=f"{name}@x.example")


@settings(max_examples=8, deadline=None)
@given(st.lists(st.builds(_lead, st.integers(0, 5 * 24 * 60), st.sampled_from("abc")), max_size=12))
def test_over_a_week_of_mornings_every_lead_is_mailed_exactly_once(given_leads: list[Lead]) -> None:
    sent: dict[str, str] = {}
    told: list[str] = []
    for day in range(11, 18):
        as_of = at(f"2026-05-{day} 07:00")
        first = "2026-05-11 07:00" if day > 11 else None
        for _ in range(2):
            ids = [each["lead_id"] for each in mails(plan(*given_leads, as_of=as_of, followed=sent, first=first))]
            told += ids
            sent |= dict.fromkeys(ids, "sent")
    assert sorted(told) == sorted({each.lead_id for each in given_leads})
