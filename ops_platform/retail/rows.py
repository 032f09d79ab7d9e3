"""Reading frames by key and writing rows of a change set: what every automation does the same way.

What belongs here: how a row is found, called and written down. What does not: any rule about what it should be.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from ops_platform.core.changes import change_set

if TYPE_CHECKING:
    import pandas as pd

Target = Literal["counterpoint", "customers", "bigcommerce"]


def lookup(frame: pd.DataFrame, column: str) -> dict[Any, Any]:
    """Values of a column by what the frame's first column identifies (item number, product id, key)."""
    return dict(zip(frame.iloc[:, 0].tolist(), frame[column].tolist(), strict=True))


def item_labels(items: pd.DataFrame) -> dict[str, str]:
    """What a person calls each item: its short description, else the long one, else its number."""
    named = zip(items["item_no"], items["descr"], items["long_descr"], strict=True)
    return {item_no: short or long or item_no for item_no, short, long in named}


def change(
    target: Target, key: str | int, field: str, *, old: Any, new: Any, reason: str, label: str
) -> dict[str, Any]:
    """A row of a change set (core/changes.py); product ids become text."""
    return {
        "target": target,
        "key": str(key),
        "field": field,
        "old": old,
        "new": new,
        "reason": reason,
        "label": label,
    }


def sorted_changes(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """The change set of rows in the order of target and key, numbers by size: a plan never depends on row order."""
    return change_set(sorted(rows, key=lambda made: (made["target"], len(made["key"]), made["key"], made["field"])))


def money_text(amount: Decimal) -> str:
    """An amount as a person reads it: Decimal("4210.5") -> "4,210.50"."""
    return f"{amount:,.2f}"


def count_text(units: Decimal | int) -> str:
    """A number of units without needless decimals: Decimal("31.0000") -> "31", Decimal("2.5000") -> "2.5"."""
    text = f"{units:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day_text(day: date) -> str:
    """A day as a person reads it, the same everywhere: 2025-05-14."""
    return day.isoformat()
