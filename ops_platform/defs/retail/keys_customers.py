"""Customers, their tickets and the lists made of them, as names of assets: part of keys.py. Only names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ops_platform.defs.retail.keys_outside import Place
from ops_platform.retail import customer_needs as ask
from ops_platform.retail import snapshots
from ops_platform.retail.automations.export_email_lists import FILES

OUTCOMES: Final = (
    *(Place(("exports", name), f"{text} In the platform's folder of exports.", "csv", ("email_lists",))
      for name, text in FILES.items()),
    Place(
        ("exports", "new_customers.csv"),
        "Customers that were made of leads, with number and day, out of the ledger of effects.",
        "csv",
        ("new_customers",),
    ),
)  # fmt: skip
GROUPS: Final = {"exports": "exports"}

SNAPSHOTS: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, str], str]]] = {
    "customers": (
        ("AR_CUST",), snapshots.CUSTOMERS, "Every customer of the point of sale but the walk-in customer.",
    ),
    "customer_tickets": (
        ("PS_TKT_HIST", "PS_TKT_HIST_LIN"),
        snapshots.CUSTOMER_TICKETS,
        "All tickets of the customers who brought something back lately, with what was sold and returned.",
    ),
}  # fmt: skip
"""Tables, columns and what it is."""

READ_AS: Final[Mapping[type, str]] = {ask.Customers: "customers", ask.RefundedTickets: "customer_tickets"}

SYSTEMS: Final[Mapping[type, str | None]] = {
    ask.LastSuccess: None, ask.FirstSuccess: None, ask.Exported: None,
}  # fmt: skip
"""As of keys_outside.py."""
