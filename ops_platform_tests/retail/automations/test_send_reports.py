"""Reports as automations (items 15 and 16): when, to whom, once a period, and what is kept of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from ops_platform.core.effects import COLUMNS
from ops_platform.retail.automation import Automation, Plan
from ops_platform.retail.automations import (
    send_admin_report,
    send_daily_revenue_report,
    send_item_report,
    send_revenue_report,
)
from ops_platform.retail.notes import CODES
from ops_platform.retail.reports import needs
from ops_platform.retail.reports.mailing import SANDBOX_ADDRESS
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.reports.office import Unreadable, frame, inputs_of
from ops_platform_tests.retail.store import items, row, stock

ZONE = ZoneInfo("America/New_York")
MONDAY, SUNDAY = datetime(2026, 5, 18, 5, 0, tzinfo=ZONE), datetime(2026, 5, 17, 5, 0, tzinfo=ZONE)
ALL = [send_admin_report, send_item_report, send_revenue_report, send_daily_revenue_report]
TWO = [send_item_report, send_daily_revenue_report]  # what they share is tried with two of them
TO = ("owner@store.example", "manager@store.example")
DAILY = {"revenue_report": {"daily": True}}


def planned(
    module: ModuleType,
    at: datetime = MONDAY,
    *,
    settings: Mapping[str, Any] | None = None,
    desk: tuple[bool, bool] = (True, False),
    known: tuple[str, ...] = (),
    errors: Mapping[str, Exception] | None = None,
    **frames: pd.DataFrame,
) -> Plan:
    """A plan. desk: whether mail is the sandbox, and the report asked for once more. known: keys of the ledger."""
    frames["report_desk"] = pd.DataFrame([{"is_sandbox": desk[0], "again": desk[1]}])
    frames["known_reports"] = frame(needs.KNOWN_REPORTS, *((key, "sent") for key in known))
    automation: Automation = module.AUTOMATION
    rules = RetailSettings(**{**DAILY, **(settings or {})})
    asked = automation.needs(rules, at)
    inputs = {name: found for name, found in inputs_of(**frames).items() if name in asked}
    return automation.plan(Unreadable(inputs, errors or {}), rules, at)


@pytest.mark.parametrize(
    ("module", "at", "key"),
    [
        (send_admin_report, MONDAY, "report/admin_report/2026-05-17"),
        (send_admin_report, SUNDAY, "report/admin_report/2026-05-16"),
        (send_item_report, MONDAY, "report/item_report/2026-05-18"),
        (send_revenue_report, SUNDAY, "report/revenue_report/2026-05-16"),
        (send_revenue_report, MONDAY, "report/revenue_report/2026-05-16"),  # late: the same week
        (send_daily_revenue_report, SUNDAY, "report/daily_revenue_report/2026-05-16"),
    ],
)
def test_a_report_is_known_by_the_last_day_it_speaks_about(module: ModuleType, at: datetime, key: str) -> None:
    [effect] = planned(module, at).effects.to_dict("records")
    assert effect["key"] == key
    assert (effect["kind"], effect["keep_first"], effect["due_at"]) == ("email", True, None)
    asked = module.AUTOMATION.needs(RetailSettings(**DAILY), at)["known_reports"]
    assert asked == needs.KnownReports(key)


@pytest.mark.parametrize("module", TWO)
def test_one_mail_goes_to_all_recipients_together(module: ModuleType) -> None:
    section = module.NAME.removeprefix("daily_")
    plan = planned(module, SUNDAY, settings={section: {**DAILY.get(section, {}), "recipients": TO}})
    [effect] = plan.effects[COLUMNS].to_dict("records")
    assert effect["target"] == "owner@store.example, manager@store.example"
    payload = json.loads(json.dumps(effect["payload"]))
    assert (payload["to"], payload["kind_of_mail"], payload["reply_to"]) == (list(TO), "staff", None)
    assert payload["template"] == section
    assert plan.figures["recipients"] == 2


@pytest.mark.parametrize("module", TWO)
def test_in_the_sandbox_an_invented_address_gets_it_and_else_nobody(module: ModuleType) -> None:
    assert planned(module, SUNDAY).effects["target"].tolist() == [SANDBOX_ADDRESS]
    live = planned(module, SUNDAY, desk=(False, False))
    assert live.effects.empty
    assert live.notes["code"].tolist() == ["no_recipients"]
    assert live.files  # its figures are made all the same


@pytest.mark.parametrize("module", ALL)
def test_a_period_that_was_reported_is_not_reported_again(module: ModuleType) -> None:
    asked = module.AUTOMATION.needs(RetailSettings(**DAILY), SUNDAY)
    errors = {name: AssertionError("not read") for name in asked if name not in ("known_reports", "report_desk")}
    plan = planned(module, SUNDAY, known=("any",), errors=errors)
    assert (len(plan.effects), plan.files, plan.considered) == (0, (), 0)
    assert plan.notes["code"].tolist() == ["report_known"]


@pytest.mark.parametrize("module", TWO)
def test_who_asks_for_it_once_more_gets_one_with_a_key_of_its_own(module: ModuleType) -> None:
    first = planned(module, SUNDAY).effects["key"].tolist()[0]
    again = planned(module, SUNDAY, desk=(True, True), known=(first, f"{first}/2"))
    assert again.effects["key"].tolist() == [f"{first}/3"]
    assert planned(module, SUNDAY, desk=(True, True)).effects["key"].tolist() == [first]


def test_charts_and_files_are_in_the_mail_and_in_the_folder_of_the_day() -> None:
    plan = planned(
        send_revenue_report, SUNDAY, payments=frame(needs.PAYMENTS, ("2026-05-11", "1", "CASH", "100.00", 1))
    )
    payload = plan.effects["payload"].tolist()[0]
    files = {file.name: file for file in plan.files}
    assert list(files) == [
        "reports/revenue_report/2026-05-16/revenue_2026-05-10_2026-05-16.csv",
        "reports/revenue_report/2026-05-16/pay_codes.png",
    ]
    assert {file.place for file in plan.files} == {"exports"}
    [attached] = payload["attachments"]
    assert attached["type"] == "text/csv"
    assert base64.b64decode(attached["content_base64"]) == plan.files[0].content
    [picture] = payload["pictures"]
    assert base64.b64decode(picture["png_base64"]) == plan.files[1].content


def test_a_file_that_is_too_large_for_a_mail_is_told_with_its_place() -> None:
    numbers = [f"{place:06}" for place in range(4_000)]
    rows = items(*(row(number, descr="x" * 200) for number in numbers))
    plan = planned(send_item_report, items=rows, stock=stock(dict.fromkeys(numbers, -1)))
    payload = plan.effects["payload"].tolist()[0]
    assert payload["attachments"] == []
    [told] = payload["context"]["sections"][-1]["blocks"]
    assert told["text"].startswith("items_2026-05-18.csv is too large for a mail; ")
    assert told["text"].endswith("<home>/retail/exports/reports/item_report/2026-05-18.")
    assert plan.files[0].rows == 16_000


def test_files_that_name_customers_are_for_the_owner_alone() -> None:
    assert all(file.private for file in planned(send_admin_report).files)
    assert not any(file.private for file in planned(send_item_report).files)


def test_a_section_that_failed_is_noted() -> None:
    plan = planned(send_admin_report, errors={"rep_sales": OSError("the table is gone")})
    [note] = plan.notes.to_dict("records")
    assert (note["code"], note["key"]) == ("report_section_failed", "reps")
    assert note["detail"].startswith("Sales reps: OSError: the table is gone (office.py, line ")
    assert plan.figures["not_computed"] == 1
    assert len(plan.effects) == 1


def test_unknown_pay_codes_and_differences_are_noted() -> None:
    plan = planned(
        send_revenue_report, SUNDAY, payments=frame(needs.PAYMENTS, ("2026-05-11", "1", "TAPPY", "100.00", 1))
    )
    assert plan.notes[["code", "key", "detail"]].to_numpy().tolist() == [
        ["payments_differ", "2026-05-11 Shop", "by 100.00"], ["unknown_pay_code", "TAPPY", "counted under Other"],
    ]  # fmt: skip
    assert set(plan.notes["code"]) <= CODES.keys()


def test_after_a_closed_day_the_daily_report_waits_for_payments() -> None:
    at = datetime(2026, 5, 18, 7, 0, tzinfo=ZONE)  # yesterday was Sunday
    assert planned(send_daily_revenue_report, at).notes["code"].tolist() == ["nothing_to_report"]
    web = frame(needs.PAYMENTS, ("2026-05-17", "WEB", "BIG", "9.00", 1))
    assert len(planned(send_daily_revenue_report, at, payments=web).effects) == 1
    open_day = datetime(2026, 5, 19, 7, 0, tzinfo=ZONE)  # nothing was paid on a Monday: somebody should know
    assert len(planned(send_daily_revenue_report, open_day).effects) == 1


def test_the_daily_form_is_off_and_the_weekly_one_on_unless_the_settings_say_otherwise() -> None:
    assert send_daily_revenue_report.AUTOMATION.needs(RetailSettings(), SUNDAY) == {}
    assert send_daily_revenue_report.AUTOMATION.plan({}, RetailSettings(), SUNDAY).effects.empty
    off = RetailSettings(revenue_report={"weekly": False})
    assert send_revenue_report.AUTOMATION.needs(off, SUNDAY) == {}
    assert send_revenue_report.AUTOMATION.plan({}, off, SUNDAY).effects.empty
    assert "payments" in send_revenue_report.AUTOMATION.needs(RetailSettings(), SUNDAY)


def test_reports_run_at_the_owners_hours() -> None:
    assert [(m.AUTOMATION.number, m.AUTOMATION.cron) for m in ALL] == [
        (15, "0 5 * * *"), (15, "0 5 * * *"), (16, "0 5 * * 0"), (16, "0 7 * * *"),
    ]  # fmt: skip
    assert {m.AUTOMATION.targets for m in ALL} == {("mail", "exports")}


def test_the_same_inputs_are_the_same_mail() -> None:
    given = {"payments": frame(needs.PAYMENTS, ("2026-05-11", "1", "CASH", Decimal("1.00"), 1))}
    one, other = (planned(send_revenue_report, SUNDAY, **given) for _ in range(2))
    assert one.effects["payload"].tolist() == other.effects["payload"].tolist()
    assert one.files == other.files


@pytest.mark.parametrize(
    "addresses", [["no address"], ["a@b.example", "A@b.example"], ["a@b.example,c@d.example"], ["x@"]]
)
def test_recipients_are_addresses_each_once(addresses: list[str]) -> None:
    with pytest.raises(ValueError, match=r"is no mail address|stands there twice"):
        RetailSettings(admin_report={"recipients": addresses})


def test_a_store_that_never_opens_is_refused() -> None:
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    with pytest.raises(ValueError, match="never open"):
        RetailSettings(reports={"closed_weekdays": week})


def test_the_report_of_a_day_is_dated_by_the_store_and_not_by_the_run() -> None:
    late = datetime(2026, 5, 18, 23, 30, tzinfo=ZONE)
    assert planned(send_item_report, late).effects["key"].tolist() == ["report/item_report/2026-05-18"]
    assert date(2026, 5, 18) == late.date()
