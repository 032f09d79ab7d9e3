"""Writing items of NCR Counterpoint: compare-and-set, in short transactions, with the stamp other programs look at.

What belongs here: how a change set gets into IM_ITEM and what became of each change. What does not: which changes are
wanted (retail/), and whether they may be written (flows/retail). A till locks the same rows, so transactions are small.
LST_MAINT_DT is touched only where a value changes: the shop's connector sends every touched item to the web shop.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from ops_platform.adapters.counterpoint import Counterpoint, CounterpointError, item_table, told
from ops_platform.core.changes import same

RESULT_COLUMNS: Final = ["key", "field", "status", "detail"]
TRIES: Final = 4
# Deadlock victim of SQL Server, deadlock and serialization failure of PostgreSQL.
_DEADLOCKS: Final = ("1205", "40P01", "40001")
# Counterpoint's own follower of a field: the day the status changed.
_STAMPS: Final = {"STAT": "STAT_DAT"}


@dataclass(frozen=True)
class _Wanted:
    """One change with its column and the values as that column holds them."""

    key: str
    field: str
    column: sa.Column
    old: Any
    new: Any


def update_items(counterpoint: Counterpoint, changes: pd.DataFrame, *, now: datetime) -> pd.DataFrame:
    """Write a change set of items; return a row a change: key, field, status, detail.

    applied: written, or already so (an earlier try died after its commit). conflict: the value is neither the one the
    plan was made on nor the new one; it was left, detail says what stands there. failed: the value does not fit its
    column or the server refused it. One bad row never stops the others.
    now: the moment of the change, in the store's zone. Errors: CounterpointError when the server is away before
    anything was written; when it goes later, the rest is told as failed, and a second call finds what is so.
    """
    results: list[tuple[str, str, str, str]] = []
    wanted: list[_Wanted] = []
    for row in changes.to_dict("records"):
        try:
            wanted.append(_wanted(counterpoint, row))
        except ValueError as error:
            results.append((row["key"], row["field"], "failed", str(error)))
    batches = list(_batches(wanted, counterpoint.settings.batch_rows))
    for place, batch in enumerate(batches):
        try:
            results += _write(counterpoint, batch, now)
        except CounterpointError as error:
            if not any(status == "applied" for _, _, status, _ in results):
                raise
            rest = [change for later in batches[place:] for change in later]
            results += [(change.key, change.field, "failed", f"not written: {error}") for change in rest]
            break
    return pd.DataFrame(results, columns=RESULT_COLUMNS, dtype=object)


def _batches(wanted: Sequence[_Wanted], rows: int) -> Iterator[list[_Wanted]]:
    """Cut by rows, all fields of an item in one transaction: no item is left half changed."""
    by_key: dict[str, list[_Wanted]] = {}
    for change in wanted:
        by_key.setdefault(change.key, []).append(change)
    batch: list[_Wanted] = []
    for key in sorted(by_key):  # in one order everywhere, so that two writers cannot wait for each other
        batch += by_key[key]
        if len(batch) >= rows:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(counterpoint: Counterpoint, batch: list[_Wanted], now: datetime) -> list[tuple[str, str, str, str]]:
    try:
        return _attempt(counterpoint, batch, now)
    except (sa.exc.DataError, sa.exc.IntegrityError, sa.exc.DBAPIError) as error:
        if _is_away(error):
            raise told(error) from None
        keys = sorted({change.key for change in batch})
        if len(keys) == 1:
            reason = f"Counterpoint refused it: {' '.join(str(error.orig).split())[:300]}"
            return [(change.key, change.field, "failed", reason) for change in batch]
    # One row of it is bad: find it by taking the items one by one.
    return [result for key in keys for result in _write(counterpoint, [c for c in batch if c.key == key], now)]


def _attempt(counterpoint: Counterpoint, batch: list[_Wanted], now: datetime) -> list[tuple[str, str, str, str]]:
    for attempt in Retrying(
        retry=retry_if_exception(_is_deadlock),
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    ):
        with attempt, counterpoint.engine.begin() as connection:
            return _in_transaction(connection, counterpoint, batch, now)
    raise AssertionError("Retrying ends with a value or an error")


def _in_transaction(
    connection: sa.Connection, counterpoint: Counterpoint, batch: list[_Wanted], now: datetime
) -> list[tuple[str, str, str, str]]:
    table = item_table(counterpoint.columns)
    by_key: dict[str, list[_Wanted]] = {}
    for change in batch:
        by_key.setdefault(change.key, []).append(change)
    results: list[tuple[str, str, str, str]] = []
    for key, changes in by_key.items():
        done = connection.execute(_update(table, key, changes, counterpoint.settings.maint_user, now)).rowcount
        if done == 1:
            results += [(key, change.field, "applied", "") for change in changes]
        else:
            results += _one_by_one(connection, table, key, changes, counterpoint.settings.maint_user, now)
    return results


def _one_by_one(
    connection: sa.Connection, table: sa.Table, key: str, changes: list[_Wanted], user: str, now: datetime
) -> Iterator[tuple[str, str, str, str]]:
    """An item of which some value is not what the plan was made on: judge its fields each by itself."""
    query = sa.select(*(change.column.label(change.field) for change in changes)).where(_is_item(table, key))
    present = connection.execute(query).mappings().first()
    for change in changes:
        if present is None:
            yield key, change.field, "conflict", "the item is not in Counterpoint any more"
        elif same(_plain(present[change.field]), _plain(change.new)):
            yield key, change.field, "applied", "already so"
        elif len(changes) > 1 and connection.execute(_update(table, key, [change], user, now)).rowcount == 1:
            yield key, change.field, "applied", ""
        else:
            found = _plain(present[change.field])
            yield key, change.field, "conflict", f"it is {found!r} now, the plan was made on {_plain(change.old)!r}"


def _update(table: sa.Table, key: str, changes: Sequence[_Wanted], user: str, now: datetime) -> sa.Update:
    moment = now.replace(tzinfo=None, microsecond=0)
    values: dict[str, Any] = {change.column.name: change.new for change in changes}
    values |= {
        _STAMPS[change.column.name]: moment.replace(hour=0, minute=0, second=0)
        for change in changes
        if change.column.name in _STAMPS
    }
    values |= {"LST_MAINT_DT": moment, "LST_MAINT_USR_ID": user}
    return sa.update(table).where(_is_item(table, key), *(_still(c.column, c.old) for c in changes)).values(values)


def _is_item(table: sa.Table, key: str) -> sa.ColumnElement[bool]:
    item_no = table.c.ITEM_NO
    return item_no == key


def _still(column: sa.Column, old: Any) -> sa.ColumnElement[bool]:
    """The value is still the one the plan was made on. Blanks count as nothing: that is how they were read."""
    if old is None:
        blank = sa.func.rtrim(column) == "" if isinstance(column.type, sa.String) else sa.false()
        return sa.or_(column.is_(None), blank)
    # Read without the blanks at the end and, for codes, in capitals; SQL Server compares so by itself.
    return sa.func.upper(sa.func.rtrim(column)) == old.upper() if isinstance(old, str) else column == old


def _wanted(counterpoint: Counterpoint, row: Mapping[Hashable, Any]) -> _Wanted:
    """The change with its column; ValueError says why a value cannot stand there."""
    name = counterpoint.columns.get(row["field"])
    if name is None:
        raise ValueError(f"{row['field']} is nothing the point of sale knows")
    column = item_table(counterpoint.columns).c[name]
    return _Wanted(row["key"], row["field"], column, _fitting(column, row["old"]), _fitting(column, row["new"]))


def _fitting(column: sa.Column, value: Any) -> Any:
    """The value as the column holds it. Errors: ValueError; nothing is cut to make it fit."""
    if value is None:
        return None
    if isinstance(column.type, sa.String):
        text = str(value)
        if column.type.length is not None and len(text) > column.type.length:
            raise ValueError(f"{text!r} is longer than the {column.type.length} characters of {column.name}")
        return text
    if isinstance(column.type, sa.Numeric):
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise ValueError(f"{value!r} is no number, which {column.name} wants") from None
    return value


def _plain(value: Any) -> Any:
    return (value.rstrip() or None) if isinstance(value, str) else value


def _is_deadlock(error: BaseException) -> bool:
    return isinstance(error, sa.exc.DBAPIError) and _code_of(error) in _DEADLOCKS


def _is_away(error: sa.exc.DBAPIError) -> bool:
    """Whether the connection is gone, so that trying the rows singly would only wait longer."""
    code = _code_of(error)
    # Without a code the server never answered; 200xx are the client library's own for SQL Server.
    unanswered = isinstance(error, sa.exc.OperationalError) and (not code or code.startswith("200"))
    return unanswered or error.connection_invalidated or code[:2] == "08" or code[:3] == "57P" or _is_deadlock(error)


def _code_of(error: sa.exc.DBAPIError) -> str:
    """SQLSTATE of PostgreSQL, the message number of SQL Server, empty when there is neither."""
    state = getattr(error.orig, "sqlstate", None)
    first = next(iter(getattr(error.orig, "args", ())), "")
    return str(state or (first if isinstance(first, int) else ""))
