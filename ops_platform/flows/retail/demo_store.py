"""The demo store in its database: loaded once, then gone on with day by day.

What belongs here: writing it, and refusing to write where anything else is. What does not: what is in it
(retail/demo_store.py). Only the stand-in on PostgreSQL is ever written to; a real Counterpoint runs on SQL Server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.counterpoint import make_tables
from ops_platform.adapters.counterpoint_tables import METADATA
from ops_platform.adapters.database import Database, copy_rows, execute, lock_in_transaction, scalar
from ops_platform.retail.demo_store import SEED, DemoFacts, DemoStore, demo_store

HISTORY: Final = ("PS_TKT_HIST", "PS_TKT_HIST_LIN", "PS_TKT_HIST_PMT", "SY_GFC", "PO_RECVR_HIST_LIN")
"""Tables that only grow, a day at a time."""
OPEN: Final = ("PS_DOC_HDR", "PS_DOC_LIN", "PS_DOC_PMT")
"""Tables that hold what is open now."""

_ROWS_AT_ONCE: Final = 100_000
_KINDS: Final = ((sa.DateTime, "timestamp"), (sa.Numeric, "numeric"), (sa.BigInteger, "int8"), (sa.Integer, "int4"))
Progress = Callable[[str], None]


class DemoStoreError(Exception):
    """The demo store is not written; the text says why and what to do."""


@dataclass(frozen=True)
class StoreArgs:
    """What makes a demo store this one and no other; the same must be given when it goes on."""

    items: int = 800
    customers: int = 5_000
    years: int = 3
    scale: float = 1.0
    seed: int = SEED


@dataclass(frozen=True)
class LoadedStore:
    """What was written. added: rows by table. since: the first day of the tickets that were added, None when none were.

    products, facts: of a store that was loaded anew; None of one that only went on: the web shop keeps its own.
    """

    added: Mapping[str, int] = field(default_factory=dict)
    since: date | None = None
    products: list[dict[str, Any]] | None = None
    facts: DemoFacts | None = None


def load_demo_store(
    url: str, *, as_of: date, args: StoreArgs | None = None, progress: Progress = lambda _: None
) -> LoadedStore:
    """Load the store as it is before `as_of` opens, or add the days that are missing since it was loaded.

    All or nothing; a second call adds nothing. Loading two at once is one after the other. What automations or people
    changed in items and stock stays. Errors: DemoStoreError for a database that holds something else or is no
    stand-in; ValueError as retail/demo_store.py.
    """
    if not sa.make_url(url).drivername.startswith("postgresql"):
        raise DemoStoreError(
            "The demo store is only loaded into the stand-in on PostgreSQL. Take OPS_COUNTERPOINT_DATABASE_URL out, or "
            "set retail.counterpoint.mode to sandbox."
        )
    asked = args or StoreArgs()
    make_tables(url)
    db = Database(url, application_name="ops demo store", pool_size=1)
    try:
        with db.transaction() as connection:
            lock_in_transaction(connection, "demo store")
            if not scalar(connection, "retail/demo_store_items"):
                return _load(connection, asked, as_of, progress)
            return _go_on(connection, asked, as_of, progress)
    finally:
        db.close()


def _load(connection: sa.Connection, args: StoreArgs, as_of: date, progress: Progress) -> LoadedStore:
    progress(f"inventing {args.years} years of a garden centre")
    store = demo_store(
        as_of=as_of, items=args.items, customers=args.customers, years=args.years, scale=args.scale, seed=args.seed
    )
    added = {}
    for name, rows in store.tables.items():
        progress(f"{len(rows):,} rows into {name}")
        _copy(connection, name, rows)
        added[name] = len(rows)
    # Without it the first plans would be made for empty tables.
    for name in HISTORY:
        execute(connection, f'ANALYZE "{name}"')
    return LoadedStore(added, store.since, store.products, store.facts)


def _go_on(connection: sa.Connection, args: StoreArgs, as_of: date, progress: Progress) -> LoadedStore:
    last = scalar(connection, "retail/demo_store_last_day")
    since = as_of if last is None else last.date() + timedelta(days=1)
    if last is not None and since >= as_of:
        return LoadedStore()
    store = demo_store(
        as_of=as_of, items=args.items, customers=args.customers, since=since, scale=args.scale, seed=args.seed
    )
    _refuse_others(connection, store, last is None)
    progress(f"{(as_of - since).days} days more")
    added = {}
    for name in OPEN:
        connection.execute(sa.delete(METADATA.tables[name]))
    for name in (*HISTORY, *OPEN):
        _copy(connection, name, store.tables[name])
        added[name] = len(store.tables[name])
    execute(connection, "retail/demo_store_staged_customers")
    _copy(connection, "AR_CUST", store.tables["AR_CUST"], into="demo_customers")
    execute(connection, "retail/demo_store_customers_bought", since=since)
    added["AR_CUST"] = execute(connection, "retail/demo_store_customers_joined")
    return LoadedStore(added, since)


def _refuse_others(connection: sa.Connection, store: DemoStore, has_no_tickets: bool) -> None:
    """Refuse a database whose items are not those of this store: it could be somebody's real data."""
    numbers = [row[0] for row in connection.execute(sa.select(METADATA.tables["IM_ITEM"].c.ITEM_NO))]
    if has_no_tickets or set(numbers) != set(store.tables["IM_ITEM"]["ITEM_NO"]):
        raise DemoStoreError(
            f"This Counterpoint database has {len(numbers):,} items that are not those of the demo store asked for; "
            "nothing was written. Use an empty database, or the arguments the demo store was made with."
        )


def _copy(connection: sa.Connection, name: str, rows: pd.DataFrame, *, into: str | None = None) -> None:
    table = METADATA.tables[name]
    columns = {str(column): _kind(table.c[column].type) for column in rows.columns}
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows.iloc[start : start + _ROWS_AT_ONCE]
        values = [_python_values(part[column]) for column in part.columns]
        copy_rows(connection, f'"{into or name}"', columns, zip(*values, strict=True))


def _kind(of: sa.types.TypeEngine[Any]) -> str:
    return next((kind for type_, kind in _KINDS if isinstance(of, type_)), "text")


def _python_values(column: pd.Series) -> Iterable[Any]:
    """Plain values for the COPY; pandas' own timestamps would take ten times as long."""
    if column.dtype.kind == "M":
        return column.to_numpy().astype("datetime64[us]").tolist()
    return column.tolist()
