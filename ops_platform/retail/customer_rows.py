"""What the customers' automations do the same way: rows of changes, the days they look back, when a plan waits.

What belongs here: shapes and windows. What does not: any rule about a customer (automations/).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ops_platform.retail.rows import change

if TYPE_CHECKING:
    import pandas as pd


def customer_changes(customer: Mapping[Any, Any], wanted: Mapping[str, Any], reason: str) -> list[dict[str, Any]]:
    """Rows of a change set: the fields of a customer that are to have other values. Those that have them are no change.

    A customer is called by the number: names are personal data, and the record is kept.
    """
    number = customer["cust_no"]
    return [
        change("customers", number, field, old=customer[field], new=value, reason=reason, label=f"customer {number}")
        for field, value in wanted.items()
    ]


def too_many(changed: int, most: int, *, what: str, setting: str) -> str | None:
    """Why a plan waits for approval: more than `most` at once; None when it does not. setting: that says so."""
    if changed <= most:
        return None
    return (
        f"{changed:,} {what} at once, more than {most:,} ({setting}). If that is right, as on a first run, approve it: "
        "ops retail approve"
    )


def first_day(as_of: datetime, lookback_days: int, last_success: pd.DataFrame, zone: str) -> date:
    """The first day to look at: so many days before today, or the day of the last success when that is longer ago.

    last_success: snapshots.LAST_SUCCESS. A first run never looks further back than `lookback_days`.
    """
    own = ZoneInfo(zone)
    usual = as_of.astimezone(own).date() - timedelta(days=lookback_days)
    return min([usual, *(moment.astimezone(own).date() for moment in last_success["as_of"])])
