"""Item 16 in its daily form: what was paid yesterday and how, to accounting, at seven; off unless a setting says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from ops_platform.retail.automation import Automation, Inputs, Need, Plan, note
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.reports import revenue_report
from ops_platform.retail.reports.mailing import desk_needs
from ops_platform.retail.reports.periods import WEEKDAYS
from ops_platform.retail.windows import Window
from ops_platform.settings_retail import RetailSettings

NAME = revenue_report.DAILY


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Payments, tickets and sales of yesterday, and whether its report was made before."""
    if not settings.revenue_report.daily:
        return {}
    day = _yesterday(as_of)
    return {**desk_needs(NAME, day), **revenue_report.needs(settings, Window(day, day))}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """One mail a day. None after a closed day on which nothing was paid; what the web shop took then is reported."""
    if not settings.revenue_report.daily:
        return Plan()
    day = _yesterday(as_of)
    closed, known = WEEKDAYS[day.weekday()] in settings.reports.closed_weekdays, len(inputs["known_reports"])
    if closed and not known and not len(inputs["payments"]):
        return Plan(notes=notes_frame([note("nothing_to_report", day.isoformat(), "closed, and nothing was paid")]))
    return revenue_report.plan_of_period(inputs, settings, Window(day, day))


def _yesterday(as_of: datetime) -> date:
    return as_of.date() - timedelta(days=1)


AUTOMATION = Automation(
    name=NAME,
    number=16,
    title="Send daily revenue report",
    description="Mails accounting yesterday's payments by store and pay code, if retail.revenue_report.daily is set.",
    cron="0 7 * * *",
    targets=("mail", "exports"),
    needs=needs,
    plan=plan,
)
