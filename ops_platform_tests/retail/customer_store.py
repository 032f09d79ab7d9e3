"""Frames of customers, their tickets and leads for tests: one ordinary row unless told otherwise.

customers("1001", person("1002", points=-15, points_earned=10, points_redeemed=25))
tickets(sale("100", "2026-05-01", "1001", A=2), refund("100R1", "2026-05-20", "1001", A=2))
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from ops_platform.core.effects import no_effects
from ops_platform.retail import snapshots
from ops_platform.retail.automation import Automation, Plan
from ops_platform.retail.known_customers import EMAILS, PHONES
from ops_platform_tests.retail.store import AS_OF, ZONE, planned

_NUMBERS = (
    "points", "points_earned", "points_redeemed", "points_adjusted", "loyalty_last_adjustment", "last_sale_amount",
)  # fmt: skip
_DAYS = ("first_sale", "last_sale", "loyalty_adjusted_on")
CUSTOMER: dict[str, Any] = {
    **dict.fromkeys(snapshots.CUSTOMERS),
    "first_name": "Ada",
    "last_name": "Birkwood",
    "name": "Ada Birkwood",
    "name_type": "P",
    "category": "RETAIL",
    "contact_1": "Ada Birkwood",
    "mail_opt_in": "Y",
    **dict.fromkeys(("points", "points_earned", "points_redeemed", "points_adjusted"), 0),
}
LEAD: dict[str, Any] = {
    **dict.fromkeys(snapshots.LEADS),
    "first_name": "Pat",
    "last_name": "Example",
    "email": "pat@customers.example",
    "phone": "(828) 555-1234",
    "interested_in": (),
    "source": "csv",
}


def person(number: str, **differences: Any) -> dict[str, Any]:
    """A customer that is not the ordinary one; amounts may be numbers, days text."""
    unknown = differences.keys() - CUSTOMER.keys()
    assert not unknown, f"no such column: {unknown}"
    row = {**CUSTOMER, **differences, "cust_no": number}
    row |= {name: None if row[name] is None else Decimal(str(row[name])) for name in _NUMBERS}
    return row | {name: date.fromisoformat(row[name]) if isinstance(row[name], str) else row[name] for name in _DAYS}


def customers(*rows: str | Mapping[str, Any]) -> pd.DataFrame:
    """Customers: by number an ordinary person of retail; by `person` with differences."""
    made = [person(row) if isinstance(row, str) else row for row in rows]
    return pd.DataFrame(made, columns=list(snapshots.CUSTOMERS), dtype=object)


def contacts(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """What `customers_like` reads of customers."""
    return customers(*rows)[["cust_no", *PHONES, *EMAILS]]


def sale(
    number: str,
    day: str,
    cust_no: str | None,
    *,
    amount: Any = 10,
    store: str | None = "1",
    all_read: bool = True,
    **pieces: Any,
) -> list[dict[str, Any]]:
    """Rows of a ticket that sells pieces of items by number; negative ones are brought back on it."""
    common = {
        "cust_no": cust_no, "ticket": number, "day": date.fromisoformat(day), "store": store,
        "subtotal": Decimal(str(amount)), "all_read": all_read,
    }  # fmt: skip
    return [
        {**common, "item_no": item, "sold": max(Decimal(str(count)), Decimal(0)),
         "returned": max(-Decimal(str(count)), Decimal(0))}
        for item, count in pieces.items()
    ]  # fmt: skip


def refund(
    number: str, day: str, cust_no: str | None, *, amount: Any = -10, store: str | None = "1", **pieces: Any
) -> list[dict[str, Any]]:
    """Rows of a ticket on which pieces are brought back."""
    return sale(number, day, cust_no, amount=amount, store=store, **{item: -count for item, count in pieces.items()})


def tickets(*made: list[dict[str, Any]]) -> pd.DataFrame:
    """Tickets of `sale` and `refund`."""
    rows = [row for each in made for row in each]
    return pd.DataFrame(rows, columns=list(snapshots.CUSTOMER_TICKETS), dtype=object)


def lead(lead_id: str, at: str = "2026-05-14 03:10", **differences: Any) -> dict[str, Any]:
    """A lead of the morning before AS_OF, with differences."""
    unknown = differences.keys() - LEAD.keys()
    assert not unknown, f"no such column: {unknown}"
    return {**LEAD, **differences, "lead_id": lead_id, "received_at": datetime.fromisoformat(at).replace(tzinfo=ZONE)}


def leads(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Leads of `lead`."""
    return pd.DataFrame(rows, columns=list(snapshots.LEADS), dtype=object)


def last_success(*moments: datetime) -> pd.DataFrame:
    """When an automation last did its work; nothing: never."""
    return pd.DataFrame({"as_of": list(moments)}, columns=["as_of"], dtype=object)


def effects_recorded(**statuses: str) -> pd.DataFrame:
    """What became of earlier new customers, by lead."""
    rows = [{"key": f"customer/lead/{lead_id}", "status": status} for lead_id, status in statuses.items()]
    return pd.DataFrame(rows, columns=list(snapshots.EFFECT_STATES), dtype=object)


def applied_to(frame: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The customers as they would be read after every change was written."""
    after = frame.copy()
    places = {number: place for place, number in enumerate(after["cust_no"])}
    for change in plan.changes.to_dict("records"):
        place, column = places[change["key"]], after.columns.get_loc(change["field"])
        found = after.iat[place, column]
        assert found == change["old"] or (change["old"] is None and not str(found).strip()), "planned on another value"
        after.iat[place, column] = change["new"]
    return after


def values(plan: Plan) -> dict[str, dict[str, Any]]:
    """The new values of a plan by customer and field."""
    found: dict[str, dict[str, Any]] = {}
    for change in plan.changes.to_dict("records"):
        found.setdefault(change["key"], {})[change["field"]] = change["new"]
    return found


def of_customers(automation: Automation, *rows: str | Mapping[str, Any], **sections: Any) -> Plan:
    """The plan of an automation that needs customers only."""
    return planned(automation, {"customers": customers(*rows)}, AS_OF, **sections)


__all__ = [
    "AS_OF", "applied_to", "contacts", "customers", "effects_recorded", "last_success", "lead", "leads", "no_effects",
    "of_customers", "person", "planned", "refund", "sale", "tickets", "values",
]  # fmt: skip
