"""Item 23: wholesale customers are not in the loyalty program, whoever put them there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from ops_platform.retail.automation import Automation, Inputs, Need, Plan
from ops_platform.retail.customer_needs import Customers
from ops_platform.retail.customer_rows import customer_changes, too_many
from ops_platform.retail.loyalty import zeroed
from ops_platform.retail.rows import sorted_changes
from ops_platform.settings_retail import RetailSettings

NAME: Final = "wholesale_loyalty"


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Customers."""
    return {"customers": Customers()}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Who is in the program leaves it; who has points loses them, noted as an adjustment. Others are not touched."""
    rules = settings.wholesale_loyalty
    wholesale = [each for each in inputs["customers"].to_dict("records") if each["category"] == rules.category.upper()]
    rows: list[dict[str, Any]] = []
    found, taken = 0, Decimal(0)
    for customer in wholesale:
        wanted: dict[str, Any] = {}
        points = customer["points"] or Decimal(0)
        if customer["loyalty_program"] is not None:
            wanted["loyalty_program"] = None
        if rules.zero_points and points != 0:
            wanted |= zeroed(customer, as_of, settings.timezone, adjust_totals=rules.adjust_totals)
            taken += points
        if not wanted:
            continue
        if rules.card:
            wanted["loyalty_card"] = rules.card
        rows += customer_changes(customer, wanted, "a wholesale customer in the loyalty program")
        found += 1
    return Plan(
        changes=sorted_changes(rows),
        considered=len(wholesale),
        held=too_many(
            found, rules.max_customers, what="wholesale customers would leave", setting=f"{NAME}.max_customers"
        ),
        figures={"customers": found, "points_taken": float(taken)},
    )


AUTOMATION = Automation(
    name=NAME,
    number=23,
    title="Remove wholesale customers from loyalty",
    description="Takes wholesale customers, and their points, out of the loyalty program.",
    cron="0 21 * * *",
    targets=("customers",),
    needs=needs,
    plan=plan,
)
