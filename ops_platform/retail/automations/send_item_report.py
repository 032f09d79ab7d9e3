"""Item 15, second half: what is wrong with items, to those who look after them, every morning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ops_platform.retail.automation import Automation, Inputs, Need, Plan
from ops_platform.retail.reports import item_report
from ops_platform.retail.reports.about import About
from ops_platform.retail.reports.document import Report
from ops_platform.retail.reports.files import ReportFile
from ops_platform.retail.reports.mailing import desk_needs, plan_of
from ops_platform.settings_retail import RetailSettings

NAME = item_report.NAME


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """What the lists ask for, and whether today's report was made before."""
    today = as_of.date()
    return {**desk_needs(NAME, today), **item_report.needs(settings, today)}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """One mail a day with the first lines of every list; whole lists are in the file that comes with it."""
    about = About(inputs, settings, as_of.date())

    def make() -> tuple[Report, Iterable[ReportFile]]:
        report = item_report.item_report(about)
        return report, item_report.files(about, report)

    return plan_of(NAME, about.today, make, inputs, settings.item_report.recipients)


AUTOMATION = Automation(
    name=NAME,
    number=15,
    title="Send item report",
    description="Mails lists of items without photo, category or description, and of stock nobody can buy.",
    cron="0 5 * * *",
    targets=("mail", "exports"),
    needs=needs,
    plan=plan,
)
