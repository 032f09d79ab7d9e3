"""Item 24: a loyalty balance below zero becomes zero: customers are told their balance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from ops_platform.retail.automation import Automation, Inputs, Need, Plan
from ops_platform.retail.customer_needs import Customers
from ops_platform.retail.customer_rows import customer_changes, too_many
from ops_platform.retail.loyalty import zeroed
from ops_platform.retail.rows import count_text, sorted_changes
from ops_platform.settings_retail import RetailSettings

NAME: Final = "negative_balances"


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Customers."""
    return {"customers": Customers()}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Balances below zero become zero, noted as an adjustment. A list that grows from day to day is a till's fault."""
    rules = settings.negative_balances
    customers = inputs["customers"].to_dict("records")
    negative = [each for each in customers if each["points"] is not None and each["points"] < 0]
    rows: list[dict[str, Any]] = []
    for customer in negative:
        wanted = zeroed(customer, as_of, settings.timezone, adjust_totals=rules.adjust_totals)
        rows += customer_changes(customer, wanted, f"its balance was {count_text(customer['points'])}")
    return Plan(
        changes=sorted_changes(rows),
        considered=len(customers),
        held=too_many(
            len(negative), rules.max_customers, what="balances would be set to zero", setting=f"{NAME}.max_customers"
        ),
        figures={
            "negative_balances": len(negative),
            "points_given": float(-sum((each["points"] for each in negative), Decimal(0))),
        },
    )


AUTOMATION = Automation(
    name=NAME,
    number=24,
    title="Fix negative loyalty balances",
    description="Sets loyalty balances below zero to zero.",
    cron="0 21 * * *",
    targets=("customers",),
    needs=needs,
    plan=plan,
    after=("wholesale_loyalty",),
)
