"""Item 15: how the business is doing, to its administrators, every morning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ops_platform.retail.automation import Automation, Inputs, Need, Plan
from ops_platform.retail.reports import admin_report
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Report
from ops_platform.retail.reports.files import ReportFile
from ops_platform.retail.reports.mailing import desk_needs, plan_of
from ops_platform.settings_retail import RetailSettings

NAME = admin_report.NAME


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """What the sections ask for, and whether the report of yesterday was made before."""
    today = as_of.date()
    return {**desk_needs(NAME, admin_report.end_of(today)), **admin_report.needs(settings, today)}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """One mail a day: the last open day, weeks, month and year, costs, people, best sellers, stock.

    A section that cannot be computed says so in the mail, and the others go out.
    """
    about = About(inputs, settings, as_of.date())

    def make() -> tuple[Report, Iterable[ReportFile]]:
        report = admin_report.admin_report(about)
        return report, admin_report.files(about, report)

    return plan_of(NAME, admin_report.end_of(about.today), make, inputs, settings.admin_report.recipients)


AUTOMATION = Automation(
    name=NAME,
    number=15,
    title="Send administrative report",
    description="Mails the administrators revenue, costs, sales reps, best sellers and low stock, every morning.",
    cron="0 5 * * *",
    targets=("mail", "exports"),
    needs=needs,
    plan=plan,
)
