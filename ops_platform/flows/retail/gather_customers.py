"""Reading what the customers' automations need (retail/customer_needs.py), for gather.py.

What belongs here: from a Need to its frame. What does not: any rule, and any writing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.adapters.counterpoint_customers import customers, refunded_tickets
from ops_platform.adapters.database import Database
from ops_platform.flows.retail.publish import exports_folder
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail import customer_needs as ask
from ops_platform.retail.snapshots import EXPORTED


def customer_readers(db: Database, systems: Systems) -> dict[type, Callable[[Any], pd.DataFrame]]:
    """How each of these needs is read; asked of the systems only when it is."""
    return {
        ask.Customers: lambda _: customers(systems.counterpoint),
        ask.RefundedTickets: lambda need: _refunded(db, systems, need),
        ask.LastSuccess: lambda need: db.frame("retail/last_success", automation=need.automation),
        ask.FirstSuccess: lambda need: db.frame("retail/first_success", automation=need.automation),
        ask.Exported: lambda need: _exported(systems, need),
    }


def _refunded(db: Database, systems: Systems, need: ask.RefundedTickets) -> pd.DataFrame:
    days = [need.since]
    if need.or_since_success_of is not None:
        zone = ZoneInfo(systems.settings.retail.timezone)
        succeeded = db.frame("retail/last_success", automation=need.or_since_success_of)["as_of"]
        days += [moment.astimezone(zone).date() for moment in succeeded]
    return refunded_tickets(systems.counterpoint, min(days), need.stores)


def _exported(systems: Systems, need: ask.Exported) -> pd.DataFrame:
    """Somebody may have saved one in another encoding: then its rows only look changed. Errors: OSError."""
    folder = exports_folder(systems.settings.home)
    there = [(name, folder / name) for name in need.names if (folder / name).exists()]
    rows = [(name, file.read_bytes().decode("utf-8-sig", errors="replace")) for name, file in there]
    return pd.DataFrame(rows, columns=list(EXPORTED), dtype=object)
