"""Read what happened, for people and for checks: the queries summary_* and check_* of sql/restaurant as plain rows.

Only reading belongs here. What a figure means (passed, warned) is decided by the caller. Nothing of a customer is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database
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


def rows(db: Database, query: str, **parameters: Any) -> list[Row]:
    """Return one query of sql/restaurant as dicts. query: its name without folder, summary_* or check_*."""
    found: list[Row] = db.frame(f"restaurant/{query}", **parameters).to_dict("records")  # type: ignore[assignment]
    return found


def loaded_days(db: Database, run_id: str | None) -> list[date]:
    """Return the business days of the orders a run loaded."""
    return [row["business_date"] for row in rows(db, "summary_days", run_id=run_id)]


def days_of_run(db: Database, run_id: str | None, asked: Sequence[date] = ()) -> list[date]:
    """Return the business days a run is about: those asked for and those of orders it loaded; else the newest day.

    Empty: there is no order at all.
    """
    days = sorted({*asked, *loaded_days(db, run_id)})
    return days or [day for day in [sizes(db)["newest_day"]] if day is not None]


def sizes(db: Database) -> Row:
    """Return orders, items, addons, menu_items, first_day, newest_day, newest_event; dates are None without orders."""
    return rows(db, "summary_sizes")[0]


def contract_rows(db: Database, query: str, days: Sequence[date], integers: Sequence[str]) -> pd.DataFrame:
    """Return rows as a typed frame for a data contract (flows/frames.py). integers: columns of whole numbers."""
    return typed(db.frame(f"restaurant/{query}", days=list(days)), floats=_MONEY, integers=integers)
