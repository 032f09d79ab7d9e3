"""Item 2: a person's first contact in the point of sale is the person: first and last name, as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ops_platform.retail.automation import Automation, Inputs, Need, Plan, over_limit
from ops_platform.retail.customer_needs import Customers
from ops_platform.retail.customer_rows import customer_changes
from ops_platform.retail.people import cased_name
from ops_platform.retail.rows import sorted_changes
from ops_platform.settings_retail import RetailSettings
from ops_platform.settings_retail_customers import Contact1Settings

WIDTH: Final = 40
"""Characters of CONTCT_1."""


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Customers."""
    return {"customers": Customers()}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Contact 1 of persons who have none; never over one that is there.

    Left out is who is called Change Name: both together are what an employee left standing. One name alone is taken
    alone.
    """
    rules = settings.contact_1
    people = [each for each in inputs["customers"].to_dict("records") if each["name_type"] == "P"]
    empty = [each for each in people if _is_empty(each["contact_1"], rules)]
    rows: list[dict[str, Any]] = []
    placeholders = 0
    for person in empty:
        names = [name for name in (person["first_name"], person["last_name"]) if name and name.strip()]
        if _is_placeholder(person, rules):
            placeholders += 1
        elif names:
            # Blanks alone are read as something here and compared as nothing: SQL Server does not tell them apart.
            contact = cased_name(" ".join(names))[:WIDTH].rstrip()
            rows += customer_changes(
                {**person, "contact_1": None}, {"contact_1": contact}, "a person without a contact"
            )
    changes = sorted_changes(rows)
    return Plan(
        changes=changes,
        considered=len(people),
        held=over_limit(len(changes), len(people), rules.max_share, what="persons"),
        figures={"without_contact": len(empty), "placeholders": placeholders},
    )


def _is_empty(contact: str | None, rules: Contact1Settings) -> bool:
    return contact is None or (rules.blank_is_empty and not contact.strip())


def _is_placeholder(person: Mapping[Any, Any], rules: Contact1Settings) -> bool:
    given = ((person["first_name"] or "").strip().casefold(), (person["last_name"] or "").strip().casefold())
    return given == (rules.placeholder_first.casefold(), rules.placeholder_last.casefold())


AUTOMATION = Automation(
    name="contact_1",
    number=2,
    title="Set contact 1",
    description="Gives persons without a contact their own name as contact 1.",
    cron="0,30 * * * *",
    targets=("customers",),
    needs=needs,
    plan=plan,
    after=("new_customers",),
)
