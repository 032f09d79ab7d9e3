"""Phones that turned out to be landlines move to the column where this store keeps those, so that nobody texts them.

Of the owner's text campaigns: the point of sale's PHONE_1 is the one that is texted, MBL_PHONE_1 the landline. Only the
carrier's word counts (21614, 21211, 30006), which the texts keep as suppressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ops_platform.retail.automation import Automation, Inputs, Need, Plan, note
from ops_platform.retail.campaigns.needs import NotTextable
from ops_platform.retail.customer_needs import Customers
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.people import phone_digits
from ops_platform.retail.rows import change, sorted_changes
from ops_platform.settings_retail import RetailSettings

_MOST = 200


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Customers and the phones that cannot be texted."""
    return {"customers": Customers(), "not_textable": NotTextable()}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Every customer with such a phone: PHONE_1 to MBL_PHONE_1, unless another number stands there."""
    found = inputs["not_textable"]
    landlines = dict(zip(found["digits"], found["detail"], strict=True))
    rows: list[dict[str, Any]] = []
    notes = []
    considered = 0
    for customer in inputs["customers"].to_dict("records"):
        digits = phone_digits(customer["phone_1"]) if landlines else None
        if digits is None or digits not in landlines:
            continue
        considered += 1
        other = customer["mobile_1"]
        if other and phone_digits(other) != digits:
            notes.append(note("landline_place_taken", customer["cust_no"], "MBL_PHONE_1 holds another number"))
            continue
        label = f"customer {customer['cust_no']}"
        moves = {"mobile_1": (other, other or customer["phone_1"]), "phone_1": (customer["phone_1"], None)}
        rows += [
            change("customers", customer["cust_no"], field, old=old, new=new, reason=landlines[digits], label=label)
            for field, (old, new) in moves.items()
            if old != new
        ]
    return Plan(
        changes=sorted_changes(rows),
        notes=notes_frame(notes),
        considered=considered,
        held=_held(len({row["key"] for row in rows})),
    )


def _held(customers: int) -> str | None:
    if customers <= _MOST:
        return None
    return (
        f"{customers:,} customers would change, more than {_MOST}: carriers do not call so many phones landlines in a "
        "day. If it is right, approve it: ops retail approve"
    )


AUTOMATION = Automation(
    name="landlines",
    number=33,
    title="Move landlines",
    description="Moves phones that carriers say are no mobiles to the column for landlines.",
    cron="0 22 * * *",
    targets=("customers",),
    needs=needs,
    plan=plan,
)
