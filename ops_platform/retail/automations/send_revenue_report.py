"""Item 16: what was paid last week and how, to accounting, on Sunday for Monday."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ops_platform.retail.automation import Automation, Inputs, Need, Plan
from ops_platform.retail.reports import revenue_report
from ops_platform.retail.reports.mailing import desk_needs
from ops_platform.retail.reports.periods import last_week
from ops_platform.settings_retail import RetailSettings

NAME = revenue_report.NAME


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Payments, tickets and sales of the last whole week, and whether its report was made before."""
    if not settings.revenue_report.weekly:
        return {}
    week = last_week(as_of.date())
    return {**desk_needs(NAME, week.end), **revenue_report.needs(settings, week)}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """One mail a week, of the week that ended on the last Saturday whenever it is made."""
    if not settings.revenue_report.weekly:
        return Plan()
    return revenue_report.plan_of_period(inputs, settings, last_week(as_of.date()))


AUTOMATION = Automation(
    name=NAME,
    number=16,
    title="Send revenue report",
    description="Mails accounting last week's payments by store, day and pay code, and whether they equal the tickets.",
    cron="0 5 * * 0",
    targets=("mail", "exports"),
    needs=needs,
    plan=plan,
)
