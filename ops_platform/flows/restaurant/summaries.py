"""Read what happened, for people and for checks: the queries summary_* and check_* of sql/restaurant as plain rows.

Only reading belongs here. What a figure means (passed, warned) is decided by the caller. Nothing of a customer is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.database import frame, records
from ops_platform.flows.frames import typed

Row = dict[str, Any]
_MONEY = (
    "core_total",
    "tax_total",
    "discount_total",
    "total",
    "unit_price",
    "total_price",
    "price",
    "match_confidence",
)


def rows(connection: sa.Connection, query: str, **parameters: Any) -> list[Row]:
    """Return one query of sql/restaurant as dicts. query: its name without folder, summary_* or check_*."""
    return records(connection, f"restaurant/{query}", **parameters)


def loaded_days(connection: sa.Connection, run_id: str | None) -> list[date]:
    """Return the business days of the orders a run loaded."""
    return [row["business_date"] for row in rows(connection, "summary_days", run_id=run_id)]


def days_of_run(connection: sa.Connection, run_id: str | None, asked: Sequence[date] = ()) -> list[date]:
    """Return the business days a run is about: those asked for and those of orders it loaded; else the newest day.

    Empty: there is no order at all.
    """
    days = sorted({*asked, *loaded_days(connection, run_id)})
    return days or [day for day in [sizes(connection)["newest_day"]] if day is not None]


def sizes(connection: sa.Connection) -> Row:
    """Return orders, items, addons, menu_items (those that are sold), newest_day (None without an order)."""
    return rows(connection, "summary_sizes")[0]


def newest_event(connection: sa.Connection) -> datetime | None:
    """Return when the newest order happened, aware; None without an order."""
    found: datetime | None = rows(connection, "summary_newest_event")[0]["newest"]
    return found


def contract_rows(connection: sa.Connection, query: str, days: Sequence[date], integers: Sequence[str]) -> pd.DataFrame:
    """Return rows as a typed frame for a data contract (flows/frames.py). integers: columns of whole numbers."""
    found = frame(connection, f"restaurant/{query}", days=list(days))
    return typed(found, floats=_MONEY, integers=integers)
