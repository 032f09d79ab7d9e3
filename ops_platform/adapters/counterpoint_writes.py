"""Writing items and customers of NCR Counterpoint: compare-and-set, short transactions, the stamp others look at.

What belongs here: how a change set gets into IM_ITEM or AR_CUST and what became of each change. What does not: which
changes are wanted (retail/), and whether they may be written (flows/retail). A till locks the same rows, so
transactions are small. LST_MAINT_DT is touched only where a value changes: the shop's connector sends every touched
row to the web shop.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from ops_platform.adapters.counterpoint import Counterpoint, CounterpointError, told
from ops_platform.adapters.counterpoint_change import Wanted, plain, wanted_change
from ops_platform.adapters.counterpoint_fields import Fields
from ops_platform.core.privacy import STARS, masked

RESULT_COLUMNS: Final = ["key", "field", "status", "detail"]
TRIES: Final = 4
# Deadlock victim of SQL Server, deadlock and serialization failure of PostgreSQL.
_DEADLOCKS: Final = ("1205", "40P01", "40001")
_OTHERS_WRITE: Final = (
    f"another program was writing the same rows of Counterpoint, {TRIES} times in a row (deadlock). This batch was "
    "left as it was; run it again: what is so already stays as it is."
)
# Behind these PostgreSQL and SQL Server say what stands in the row.
_QUOTES: Final = (" DETAIL:", " Truncated value:")
# Counterpoint's own follower of a field: the day the status changed.
_STAMPS: Final = {"STAT": "STAT_DAT"}


@dataclass(frozen=True)
class _Place:
    """Where the changes of a call go. together: all fields of a row are written, or none.

    of_people: what stands there is personal data, so no reason repeats it: reasons are kept, logged and mailed.
    """

    fields: Fields
    user: str
    now: datetime
    together: bool = False
    of_people: bool = False

    def is_row(self, key: str) -> sa.ColumnElement[bool]:
        """The row of a key. Compared as it stands: the index of the primary key finds it."""
        return self.fields.key_column == key


def update_items(counterpoint: Counterpoint, changes: pd.DataFrame, *, now: datetime) -> pd.DataFrame:
    """Write a change set of items; return a row a change: key, field, status, detail.

    applied: written, or already so (an earlier try died after its commit). conflict: the value is neither the one the
    plan was made on nor the new one; it was left, detail says what stands there. failed: the value does not fit its
    column or the server refused it. One bad row never stops the others.
    now: the moment of the change, in the store's zone. Errors: CounterpointError when the server is away before
    anything was written; when it goes later, the rest is told as failed, and a second call finds what is so.
    """
    return _update_all(counterpoint, _Place(counterpoint.item_fields, counterpoint.settings.maint_user, now), changes)


def update_customers(counterpoint: Counterpoint, changes: pd.DataFrame, *, now: datetime) -> pd.DataFrame:
    """Write a change set of customers, as `update_items`; all fields of a customer are written or none.

    A balance without its adjustment, or a last sale without its amount, would be wrong by itself. No detail repeats a
    value of a customer.
    """
    fields, user = counterpoint.customer_fields, counterpoint.settings.maint_user
    return _update_all(counterpoint, _Place(fields, user, now, together=True, of_people=True), changes)


def _update_all(counterpoint: Counterpoint, place: _Place, changes: pd.DataFrame) -> pd.DataFrame:
    results: list[tuple[str, str, str, str]] = []
    wanted: list[Wanted] = []
    for row in changes.to_dict("records"):
        try:
            wanted.append(wanted_change(place.fields, row))
        except ValueError as error:
            results.append((row["key"], row["field"], "failed", str(error)))
    if place.together and (unfit := {key for key, *_ in results}):
        lost = [change for change in wanted if change.key in unfit]
        results += [(c.key, c.field, "failed", "left, because another field of the row does not fit") for c in lost]
        wanted = [change for change in wanted if change.key not in unfit]
    batches = list(_batches(wanted, counterpoint.settings.batch_rows))
    for number, batch in enumerate(batches):
        try:
            results += _write(counterpoint, place, batch)
        except CounterpointError as error:
            if not any(status == "applied" for _, _, status, _ in results):
                raise
            rest = [change for later in batches[number:] for change in later]
            results += [(change.key, change.field, "failed", f"not written: {error}") for change in rest]
            break
    return pd.DataFrame(results, columns=RESULT_COLUMNS, dtype=object)


def _batches(wanted: Sequence[Wanted], rows: int) -> Iterator[list[Wanted]]:
    """Cut by rows, all fields of a row in one transaction: no row is left half changed."""
    by_key: dict[str, list[Wanted]] = {}
    for change in wanted:
        by_key.setdefault(change.key, []).append(change)
    batch: list[Wanted] = []
    for key in sorted(by_key):  # in one order everywhere, so that two writers cannot wait for each other
        batch += by_key[key]
        if len(batch) >= rows:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(counterpoint: Counterpoint, place: _Place, batch: list[Wanted]) -> list[tuple[str, str, str, str]]:
    try:
        return _attempt(counterpoint, place, batch)
    except (sa.exc.DataError, sa.exc.IntegrityError, sa.exc.DBAPIError) as error:
        if _is_deadlock(error):
            raise CounterpointError(_OTHERS_WRITE) from None
        if _is_away(error):
            raise told(error) from None
        keys = sorted({change.key for change in batch})
        if len(keys) == 1:
            reason = f"Counterpoint refused it: {_refusal(place, batch, error)}"
            return [(change.key, change.field, "failed", reason) for change in batch]
    # One row of it is bad: find it by taking the rows one by one.
    return [result for key in keys for result in _write(counterpoint, place, [c for c in batch if c.key == key])]


def _refusal(place: _Place, batch: list[Wanted], error: sa.exc.DBAPIError) -> str:
    """Why the server refused a row, in its words. It likes to quote the value, or all of the row: not of people."""
    said = " ".join(str(error.orig).split())
    if place.of_people:
        for quote in _QUOTES:
            said = said.partition(quote)[0]
        for value in (value for change in batch for value in (change.old, change.new) if isinstance(value, str)):
            said = said.replace(value, STARS)
    return masked(said[:300]) if place.of_people else said[:300]


def _attempt(counterpoint: Counterpoint, place: _Place, batch: list[Wanted]) -> list[tuple[str, str, str, str]]:
    for attempt in Retrying(
        retry=retry_if_exception(_is_deadlock),
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    ):
        with attempt, counterpoint.engine.begin() as connection:
            return _in_transaction(connection, place, batch)
    raise AssertionError("Retrying ends with a value or an error")


def _in_transaction(connection: sa.Connection, place: _Place, batch: list[Wanted]) -> list[tuple[str, str, str, str]]:
    by_key: dict[str, list[Wanted]] = {}
    for change in batch:
        by_key.setdefault(change.key, []).append(change)
    results: list[tuple[str, str, str, str]] = []
    for key, changes in by_key.items():
        done = connection.execute(_update(place, key, changes)).rowcount
        if done == 1:
            results += [(key, change.field, "applied", "") for change in changes]
        else:
            results += _judged(connection, place, key, changes)
    return _read_back(connection, place, batch, results)


def _read_back(
    connection: sa.Connection, place: _Place, batch: list[Wanted], results: list[tuple[str, str, str, str]]
) -> list[tuple[str, str, str, str]]:
    """The results, with what did not stay as it was written told as failed: a store's own trigger may set it again."""
    columns = {change.field: change.column.label(change.field) for change in batch}
    keys = sorted({key for key, _, status, _ in results if status == "applied"})
    query = sa.select(place.fields.key_column.label("_key"), *columns.values())
    rows = connection.execute(query.where(place.fields.key_column.in_(keys))).mappings() if keys else ()
    present: dict[Any, Mapping[Any, Any]] = {plain(row["_key"]): row for row in rows}
    wanted = {(change.key, change.field): change for change in batch}

    def seen(key: str, field: str, status: str, detail: str) -> tuple[str, str, str, str]:
        if status != "applied" or wanted[key, field].is_new(value := present.get(key, {}).get(field)):
            return key, field, status, detail
        kept = "another value" if place.of_people else repr(plain(value))
        return key, field, "failed", f"Counterpoint took it, but keeps {kept}"

    return [seen(*result) for result in results]


def _judged(
    connection: sa.Connection, place: _Place, key: str, changes: list[Wanted]
) -> list[tuple[str, str, str, str]]:
    """A row of which some value is not what the plan was made on."""
    query = sa.select(*(change.column.label(change.field) for change in changes)).where(place.is_row(key))
    present = connection.execute(query).mappings().first()
    if present is None:
        gone = f"the {place.fields.thing} is not in Counterpoint any more"
        return [(key, change.field, "conflict", gone) for change in changes]
    if place.together:
        return list(_as_one(key, changes, present))
    return list(_one_by_one(connection, place, key, changes, present))


def _as_one(key: str, changes: list[Wanted], present: Mapping[Any, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Fields that make sense together: nothing was written; either all is so already, or somebody changed something."""
    is_so = all(change.is_new(present[change.field]) for change in changes)
    moved = [change.field for change in changes if not change.is_old(present[change.field])]
    for change in changes:
        if is_so:
            yield key, change.field, "applied", "already so"
        else:
            yield (
                key,
                change.field,
                "conflict",
                f"somebody changed {', '.join(moved) or 'it'} meanwhile; nothing was written",
            )


def _one_by_one(
    connection: sa.Connection, place: _Place, key: str, changes: list[Wanted], present: Mapping[Any, Any]
) -> Iterator[tuple[str, str, str, str]]:
    """Fields that stand by themselves: each that still has its old value is written."""
    for change in changes:
        if change.is_new(present[change.field]):
            yield key, change.field, "applied", "already so"
        elif len(changes) > 1 and connection.execute(_update(place, key, [change])).rowcount == 1:
            yield key, change.field, "applied", ""
        else:
            found = plain(present[change.field])
            yield key, change.field, "conflict", f"it is {found!r} now, the plan was made on {plain(change.old)!r}"


def _update(place: _Place, key: str, changes: Sequence[Wanted]) -> sa.Update:
    moment = place.now.replace(tzinfo=None, microsecond=0)
    values: dict[str, Any] = {change.column.name: change.new for change in changes}
    values |= {
        _STAMPS[change.column.name]: moment.replace(hour=0, minute=0, second=0)
        for change in changes
        if change.column.name in _STAMPS
    }
    values |= {"LST_MAINT_DT": moment, "LST_MAINT_USR_ID": place.user}
    still = (change.still_old() for change in changes)
    return sa.update(place.fields.table).where(place.is_row(key), *still).values(values)


def _is_deadlock(error: BaseException) -> bool:
    return isinstance(error, sa.exc.DBAPIError) and _code_of(error) in _DEADLOCKS


def _is_away(error: sa.exc.DBAPIError) -> bool:
    """Whether the connection is gone, so that trying the rows singly would only wait longer."""
    code = _code_of(error)
    # Without a code the server never answered; 200xx are the client library's own for SQL Server.
    unanswered = isinstance(error, sa.exc.OperationalError) and (not code or code.startswith("200"))
    return unanswered or error.connection_invalidated or code[:2] == "08" or code[:3] == "57P"


def _code_of(error: sa.exc.DBAPIError) -> str:
    """SQLSTATE of PostgreSQL, the message number of SQL Server, empty when there is neither."""
    state = getattr(error.orig, "sqlstate", None)
    first = next(iter(getattr(error.orig, "args", ())), "")
    return str(state or (first if isinstance(first, int) else ""))
