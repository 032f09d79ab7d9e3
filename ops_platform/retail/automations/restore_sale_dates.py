"""Item 22: who brought everything back never bought it: dates of sale go back, and no text thanks for the purchase."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ops_platform.retail.automation import Automation, Inputs, Need, Plan, note
from ops_platform.retail.customer_needs import Customers, RefundedTickets
from ops_platform.retail.customer_rows import customer_changes, too_many
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.refunds import Bought, bought
from ops_platform.retail.rows import day_text, sorted_changes
from ops_platform.settings_retail import RetailSettings

NAME: Final = "refunded_customers"


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Customers, and all tickets of those with a refund since the last success, or in the days set."""
    rules = settings.refunded_customers
    today = as_of.astimezone(ZoneInfo(settings.timezone)).date()
    tickets = RefundedTickets(today - timedelta(days=rules.lookback_days), rules.stores, or_since_success_of=NAME)
    return {"customers": Customers(), "tickets": tickets}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Last sale, its amount, and first sale of customers, where they are those of a ticket that came back wholly.

    A date is only changed when that ticket stands behind it and no other sale of the day does: a later sale, a date
    from before the history, and one that somebody typed stay. A part that came back changes nothing.
    """
    of_customer = {each["cust_no"]: each for each in inputs["customers"].to_dict("records")}
    rows: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    changed, emptied, undone = 0, 0, 0
    found = bought(inputs["tickets"])
    for number, tickets in found.items():
        if not tickets.undone:
            continue
        undone += 1
        if number not in of_customer:
            told = f"{tickets.undone[-1].number} of {day_text(tickets.undone[-1].day)} came back"
            notes.append(note("refunded_customer_gone", number, told))
            continue
        customer = of_customer[number]
        if wanted := _dates(customer, tickets):
            ticket = tickets.undone[-1]
            reason = f"all of ticket {ticket.number} of {day_text(ticket.day)} came back"
            rows += customer_changes(customer, wanted, reason)
            changed += 1
            emptied += "last_sale" in wanted and wanted["last_sale"] is None
    return Plan(
        changes=sorted_changes(rows),
        notes=notes_frame(notes),
        considered=len(found),
        held=too_many(
            changed, settings.refunded_customers.max_customers, what="customers would get earlier dates of sale",
            setting=f"{NAME}.max_customers",
        ),
        figures={"with_a_full_refund": undone, "changed": changed, "without_a_sale_left": emptied},
    )  # fmt: skip


def _dates(customer: Mapping[Any, Any], tickets: Bought) -> dict[str, Any]:
    """The fields that are to be other than they are."""
    kept = {ticket.day for ticket in tickets.kept}
    came_back = {ticket.day for ticket in tickets.undone} - kept
    # Some tills set the last sale to the day of the refund itself. On an exchange something was sold: that day stays.
    moved = came_back | {ticket.day for ticket in tickets.refunds if not ticket.is_sale} - kept
    wanted: dict[str, Any] = {}
    last, first = customer["last_sale"], customer["first_sale"]
    newest = max(tickets.kept, key=lambda ticket: (ticket.day, ticket.number), default=None)
    # Only ever back: a later date would begin the texts anew.
    if last in moved and (newest is None or newest.day < last):
        wanted["last_sale"] = newest.day if newest else None
        wanted["last_sale_amount"] = newest.subtotal if newest else None
    oldest = min(kept, default=None)
    if first in came_back and (oldest is None or oldest > first):
        wanted["first_sale"] = oldest
    return {field: value for field, value in wanted.items() if value != customer[field]}


AUTOMATION = Automation(
    name=NAME,
    number=22,
    title="Restore sale dates after refunds",
    description="Sets dates of sale of customers who brought everything back to their sale before, for the texts.",
    cron="0 5,21 * * *",
    targets=("customers",),
    needs=needs,
    plan=plan,
)
