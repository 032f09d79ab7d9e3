"""NCR Counterpoint's company database: what the platform reads of it, as the frames of retail/snapshots.py.

What belongs here: SELECTs over counterpoint_tables.py and making their values plain. What does not: what the figures
mean (retail/), and writing (counterpoint_writes.py). The same statements run on SQL Server and on the PostgreSQL
stand-in: blanks at the end and the case of codes, which SQL Server ignores, are evened out here. A read that fails
raises CounterpointError; it never comes back as an empty frame.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.counterpoint_tables import (
    CPI_BC_PROD,
    CPI_BC_PRODUCTS,
    DEFAULT_COLUMNS,
    IM_INV,
    IM_ITEM,
    METADATA,
    PO_RECVR_HIST_LIN,
    PS_DOC_LIN,
    PS_TKT_HIST_LIN,
)
from ops_platform.adapters.database import SEARCH_PATH
from ops_platform.settings_retail import CounterpointSettings

CODES: Final = frozenset({"category", "status", "item_type", "brand", "vendor", "always_online", "featured"})
_YES_NO: Final = {"is_web_item": False, "is_parent": False, "tracks_stock": True, "is_web_visible": True}
_NUMBERS: Final = frozenset({"price", "regular_price", "stock_buffer"})
_OPEN_LINES: Final = ("O", "S")  # ordered, and held for a sale


class CounterpointError(Exception):
    """The point of sale could not be read or written; the text says what to do. It never holds a password."""


class Counterpoint:
    """One company database behind one pooled engine. Cheap to make; connects on first use.

    url: postgresql://, mssql+pymssql:// or mssql+pyodbc://. Errors: ValueError for a meaning in settings.columns that
    there is not; CounterpointError from every read.
    """

    def __init__(self, settings: CounterpointSettings, url: str) -> None:
        self.settings = settings
        self.columns = item_columns(settings.columns)
        self.engine = _engine(url)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    def items(self) -> pd.DataFrame:
        """Every item, with the columns of snapshots.ITEMS."""
        table = item_table(self.columns)
        query = sa.select(
            table.c.ITEM_NO, *(table.c[column].label(meaning) for meaning, column in self.columns.items())
        )
        read = self._frame(query, ["item_no", *self.columns])
        read["item_no"] = read["item_no"].map(_trimmed)
        for meaning in self.columns:
            read[meaning] = read[meaning].map(_reader(meaning)).astype(object)
        return read

    def stock(self) -> pd.DataFrame:
        """Stock by item over the configured locations. An item without a row of stock is not in it."""
        name = sa.func.rtrim(IM_INV.c.ITEM_NO)
        query = sa.select(name, sa.func.sum(IM_INV.c.QTY_AVAIL), sa.func.sum(IM_INV.c.QTY_ON_PO)).group_by(name)
        if self.settings.locations:
            query = query.where(IM_INV.c.LOC_ID.in_(self.settings.locations))
        return self._frame(query, ["item_no", "available", "on_order"])

    def sales(self, start: date | None = None, end: date | None = None, stores: Iterable[str] = ()) -> pd.DataFrame:
        """Net units and revenue by item over the business days start..end, both included.

        Summed by the server: years of tickets never come over the wire. A return counts against its item whichever
        sign this installation writes it with.
        """
        line = PS_TKT_HIST_LIN.c
        name, day = sa.func.rtrim(line.ITEM_NO), line.BUS_DAT
        query = (
            sa.select(name, sa.func.sum(_net(line.QTY_SOLD)), sa.func.sum(_net(line.EXT_PRC)))
            .where(line.ITEM_NO.is_not(None), line.LIN_TYP.in_(("S", "R")))
            .group_by(name)
        )
        if start is not None:
            query = query.where(day >= _midnight(start))
        if end is not None:
            query = query.where(day < _midnight(end + timedelta(days=1)))
        if chosen := tuple(stores):
            query = query.where(line.STR_ID.in_(chosen))
        return self._frame(query, ["item_no", "units", "revenue"])

    def receivings(self, since: date) -> pd.DataFrame:
        """The newest receiving day of each item that was received since a day."""
        line = PO_RECVR_HIST_LIN.c
        name, day = sa.func.rtrim(line.ITEM_NO), line.RECVR_DAT
        query = (
            sa.select(name, sa.func.max(day))
            .where(day >= _midnight(since), line.QTY_RECVD > 0, line.ITEM_NO.is_not(None))
            .group_by(name)
        )
        read = self._frame(query, ["item_no", "received_on"])
        read["received_on"] = [value.date() for value in read["received_on"]]
        return read

    def open_documents(self) -> pd.DataFrame:
        """Items on open orders and holds."""
        name = sa.func.rtrim(PS_DOC_LIN.c.ITEM_NO)
        query = sa.select(name).where(PS_DOC_LIN.c.LIN_TYP.in_(_OPEN_LINES), PS_DOC_LIN.c.ITEM_NO.is_not(None))
        return self._frame(query.distinct(), ["item_no"])

    def product_map(self) -> pd.DataFrame:
        """Which product of the web shop an item number or a binding id is, as the connector noted it.

        A size of a bound product is in the second map only; where both know a key the first is right.
        """
        products = self._frame(
            sa.select(CPI_BC_PRODUCTS.c.ITEM_NO, CPI_BC_PRODUCTS.c.PRODUCT_ID), ["key", "product_id"]
        )
        variants = self._frame(sa.select(CPI_BC_PROD.c.SKU, CPI_BC_PROD.c.PRODUCT_ID), ["key", "product_id"])
        both = pd.concat([products, variants], ignore_index=True)
        both["key"] = both["key"].map(_trimmed)
        return both.drop_duplicates("key", ignore_index=True).astype(object)

    def missing_columns(self) -> list[str]:
        """What this database lacks of what is read: `IM_ITEM.USR_ALWAYS_ONLINE (always_online)`, or a table's name."""
        meanings = {column: meaning for meaning, column in self.columns.items()}
        used = item_table(self.columns)
        missing: list[str] = []
        with self._connection() as connection:
            inspector = sa.inspect(connection)
            for table in (used, IM_INV, PS_TKT_HIST_LIN, PO_RECVR_HIST_LIN, PS_DOC_LIN, CPI_BC_PRODUCTS, CPI_BC_PROD):
                if not inspector.has_table(table.name):
                    missing.append(table.name)
                    continue
                there = {column["name"].upper() for column in inspector.get_columns(table.name)}
                missing += [
                    f"{table.name}.{column.name}" + (f" ({meanings[column.name]})" if table is used else "")
                    for column in table.columns
                    if column.name.upper() not in there and (table is not used or column.name in meanings)
                ]
        return missing

    def _frame(self, query: sa.Select, columns: list[str]) -> pd.DataFrame:
        with self._connection() as connection:
            rows = connection.execute(query).all()
        return pd.DataFrame(list(map(tuple, rows)), columns=columns, dtype=object)

    def _connection(self) -> _Told:
        return _Told(self.engine)


class _Told:
    """A connection whose errors are told as CounterpointError, without the URL and without parameters."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None

    def __enter__(self) -> sa.Connection:
        try:
            self._connection = self._engine.connect()
        except sa.exc.SQLAlchemyError as error:
            raise told(error) from None
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        assert self._connection is not None
        self._connection.close()
        if isinstance(error, sa.exc.SQLAlchemyError):
            raise told(error) from None


def told(error: sa.exc.SQLAlchemyError) -> CounterpointError:
    """The error as a person is told it."""
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(cause).split())[:500]
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return CounterpointError(
            f"Counterpoint's database does not answer: {text}. Look whether the server runs and "
            "OPS_COUNTERPOINT_DATABASE_URL is right; nothing was changed."
        )
    if getattr(cause, "sqlstate", None) == "42P01":  # only the stand-in is on PostgreSQL
        return CounterpointError("The point of sale's stand-in is empty: `ops demo` fills it with an invented store.")
    return CounterpointError(f"Counterpoint's database refused: {text}. `ops doctor` says which columns are missing.")


def item_columns(chosen: Mapping[str, str]) -> dict[str, str]:
    """Meaning -> column of IM_ITEM, with what a store set otherwise. Errors: ValueError for an unknown meaning."""
    for meaning in chosen:
        if meaning not in DEFAULT_COLUMNS:
            near = difflib.get_close_matches(meaning, DEFAULT_COLUMNS, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(DEFAULT_COLUMNS)}"
            raise ValueError(f"retail.counterpoint.columns names {meaning!r}, which is no meaning{hint}")
    return {**DEFAULT_COLUMNS, **chosen}


def item_table(columns: Mapping[str, str]) -> sa.Table:
    """IM_ITEM with the columns a store uses: those of the known table, others as text."""
    if all(column in IM_ITEM.c for column in columns.values()):
        return IM_ITEM
    own = sa.MetaData()
    known = [sa.Column(c.name, c.type, primary_key=c.primary_key) for c in IM_ITEM.columns]
    more = [
        sa.Column(column, IM_ITEM.c[DEFAULT_COLUMNS[meaning]].type)
        for meaning, column in columns.items()
        if column not in IM_ITEM.c
    ]
    return sa.Table("IM_ITEM", own, *known, *more)


def make_tables(url: str) -> None:
    """Make the tables of the stand-in where they are missing. Only for the embedded server and for tests."""
    engine = _engine(url)
    try:
        METADATA.create_all(engine)
    finally:
        engine.dispose()


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if not parsed.drivername.startswith("postgresql"):
        return sa.create_engine(parsed, pool_size=2, pool_pre_ping=True)
    return sa.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=2,
        pool_pre_ping=True,
        # The stand-in's tables are in public; the platform's own schemas come first for everything else.
        connect_args={"application_name": "ops counterpoint", "options": f"-csearch_path={SEARCH_PATH}"},
    )


def _net(column: sa.ColumnElement) -> sa.ColumnElement:
    """Sold less returned. The sign of returned lines differs between installations, so only its size counts."""
    kind = PS_TKT_HIST_LIN.c.LIN_TYP
    return sa.case((kind == "S", column), (kind == "R", -sa.func.abs(column)), else_=0)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # Counterpoint's days carry no zone


def _trimmed(value: Any) -> Any:
    """Text without blanks at the end, None for nothing: SQL Server compares so, PostgreSQL does not."""
    if not isinstance(value, str):
        return value
    return value.rstrip() or None


def _code(value: Any) -> Any:
    text = _trimmed(value)
    return text.upper() if isinstance(text, str) else text


def _number(value: Any) -> Any:
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value))


def _reader(meaning: str) -> Callable[[Any], Any]:
    if meaning in _YES_NO:
        otherwise = _YES_NO[meaning]
        return lambda value: otherwise if _code(value) is None else _code(value) == "Y"
    if meaning in CODES:
        return _code
    return _number if meaning in _NUMBERS else _trimmed
