"""One change as a column of Counterpoint holds it: fitting values, and the condition that the old one still stands.

What belongs here: values and conditions of one column. What does not: statements and transactions
(counterpoint_writes.py).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from ops_platform.adapters.counterpoint import midnight
from ops_platform.adapters.counterpoint_fields import Fields
from ops_platform.core.changes import same


@dataclass(frozen=True)
class Wanted:
    """One change with its column and the values as that column holds them."""

    key: str
    field: str
    column: sa.Column
    old: Any
    new: Any

    def is_new(self, present: Any) -> bool:
        """Whether what stands there is what is wanted."""
        return same(plain(present), plain(self.new))

    def is_old(self, present: Any) -> bool:
        """Whether it is what the plan was made on."""
        return same(plain(present), plain(self.old))

    def still_old(self) -> sa.ColumnElement[bool]:
        """The value is still the one the plan was made on. Blanks count as nothing: that is how they were read."""
        column, old = self.column, self.old
        if old is None:
            blank = sa.func.rtrim(column) == "" if isinstance(column.type, sa.String) else sa.false()
            return sa.or_(column.is_(None), blank)
        if isinstance(old, datetime):
            return sa.and_(column >= old, column < old + timedelta(days=1))  # read as a day, whatever its time is
        # Read without the blanks at the end and, for codes, in capitals; SQL Server compares so by itself.
        return sa.func.upper(sa.func.rtrim(column)) == old.upper() if isinstance(old, str) else column == old


def wanted_change(fields: Fields, row: Mapping[Hashable, Any]) -> Wanted:
    """A row of a change set with its column. Errors: ValueError says why a value cannot stand there, not which.

    The change tells the value, where people may see it: here it could be somebody's name.
    """
    if row["field"] not in fields.columns:
        raise ValueError(f"{row['field']} is nothing the point of sale knows")
    column = fields.column(row["field"])
    return Wanted(row["key"], row["field"], column, _fitting(column, row["old"]), _fitting(column, row["new"]))


def plain(value: Any) -> Any:
    """A value of a column as the snapshots have it: a day for a moment, no blanks at the end, None for nothing."""
    if isinstance(value, datetime):
        return value.date()
    return (value.rstrip() or None) if isinstance(value, str) else value


def _fitting(column: sa.Column, value: Any) -> Any:
    """The value as the column holds it. Errors: ValueError; nothing is cut to make it fit."""
    if value is None:
        return None
    if isinstance(column.type, sa.String):
        text = str(value)
        if column.type.length is not None and len(text) > column.type.length:
            raise ValueError(f"it is longer than the {column.type.length} characters of {column.name}")
        return text
    if isinstance(column.type, sa.Numeric):
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise ValueError(f"it is no number, which {column.name} wants") from None
    if isinstance(column.type, sa.DateTime):
        return _as_day(column, value)
    return value


def _as_day(column: sa.Column, value: Any) -> datetime:
    """A day as Counterpoint writes it; out of the record it comes as text."""
    if isinstance(value, date):
        return midnight(value)
    try:
        return midnight(date.fromisoformat(value))
    except (TypeError, ValueError):
        raise ValueError(f"it is no day, which {column.name} wants") from None
