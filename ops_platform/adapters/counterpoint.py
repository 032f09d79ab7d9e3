"""NCR Counterpoint's company database: what the platform reads of it, as the frames of retail/snapshots.py.

What belongs here: SELECTs over counterpoint_tables.py and making their values plain. What does not: what the figures
mean (retail/), and writing (counterpoint_writes.py). The same statements run on SQL Server and on the PostgreSQL
stand-in: blanks at the end and the case of codes, which SQL Server ignores, are evened out here. A read that fails
raises CounterpointError; it never comes back as an empty frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from ops_platform.adapters.counterpoint_fields import Fields
from ops_platform.adapters.counterpoint_tables import (
    CPI_BC_PROD,
    CPI_BC_PRODUCTS,
    EC_CATEG_ITEM,
    EC_ITEM_DESCR,
    IM_INV,
    METADATA,
    PO_RECVR_HIST_LIN,
    PS_DOC_HDR,
    PS_DOC_LIN,
    PS_DOC_PMT,
    PS_TKT_HIST,
    PS_TKT_HIST_LIN,
    PS_TKT_HIST_PMT,
    SY_GFC,
    SY_USR,
)
from ops_platform.adapters.database import SEARCH_PATH
from ops_platform.settings_retail import CounterpointSettings

CODES: Final = frozenset({"category", "status", "item_type", "brand", "vendor", "always_online", "featured"})
_YES_NO: Final = {"is_web_item": False, "is_parent": False, "tracks_stock": True, "is_web_visible": True}
_NUMBERS: Final = frozenset({"price", "regular_price", "stock_buffer"})
_READ_WHOLE: Final = (
    IM_INV, PS_TKT_HIST, PS_TKT_HIST_LIN, PS_TKT_HIST_PMT, PO_RECVR_HIST_LIN, PS_DOC_HDR, PS_DOC_LIN, PS_DOC_PMT,
    SY_GFC, SY_USR, EC_CATEG_ITEM, EC_ITEM_DESCR, CPI_BC_PRODUCTS, CPI_BC_PROD,
)  # fmt: skip
LONGEST_BEGINNING: Final = 200
"""Of a web description so many letters are read."""
_OPEN_LINES: Final = ("O", "S")  # ordered, and held for a sale


class CounterpointError(Exception):
    """The point of sale could not be read or written; the text says what to do. It never holds a password."""


class Counterpoint:
    """One company database behind one pooled engine. Cheap to make; connects on first use.

    url: postgresql://, mssql+pymssql:// or mssql+pyodbc://. Errors: ValueError for a meaning in settings.columns or
    customer_columns that there is not; CounterpointError from every read.
    """

    def __init__(self, settings: CounterpointSettings, url: str) -> None:
        self.settings = settings
        self.item_fields = Fields.of_items(settings.columns)
        self.customer_fields = Fields.of_customers(settings.customer_columns)
        self.engine = _engine(url)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    def items(self) -> pd.DataFrame:
        """Every item, with the columns of snapshots.ITEMS."""
        fields = self.item_fields
        read = self.frame(fields.selected(), ["item_no", *fields.columns])
        read["item_no"] = read["item_no"].map(trimmed)
        for meaning in fields.columns:
            read[meaning] = read[meaning].map(_reader(meaning)).astype(object)
        return read

    def stock(self) -> pd.DataFrame:
        """Stock by item over the configured locations. An item without a row of stock is not in it."""
        name = sa.func.rtrim(IM_INV.c.ITEM_NO)
        query = sa.select(name, sa.func.sum(IM_INV.c.QTY_AVAIL), sa.func.sum(IM_INV.c.QTY_ON_PO)).group_by(name)
        if self.settings.locations:
            query = query.where(IM_INV.c.LOC_ID.in_(self.settings.locations))
        return self.frame(query, ["item_no", "available", "on_order"])

    def sales(self, start: date | None = None, end: date | None = None, stores: Iterable[str] = ()) -> pd.DataFrame:
        """Net units and revenue by item over the business days start..end, both included.

        Summed by the server: years of tickets never come over the wire. A return counts against its item whichever
        sign this installation writes it with.
        """
        line = PS_TKT_HIST_LIN.c
        name, day = sa.func.rtrim(line.ITEM_NO), line.BUS_DAT
        query = (
            sa.select(name, sa.func.sum(net(line.QTY_SOLD)), sa.func.sum(net(line.EXT_PRC)))
            .where(line.ITEM_NO.is_not(None), line.LIN_TYP.in_(("S", "R")))
            .group_by(name)
        )
        if start is not None:
            query = query.where(day >= midnight(start))
        if end is not None:
            query = query.where(day < midnight(end + timedelta(days=1)))
        if chosen := tuple(stores):
            query = query.where(line.STR_ID.in_(chosen))
        return self.frame(query, ["item_no", "units", "revenue"])

    def receivings(self, since: date) -> pd.DataFrame:
        """The newest receiving day of each item that was received since a day."""
        line = PO_RECVR_HIST_LIN.c
        name, day = sa.func.rtrim(line.ITEM_NO), line.RECVR_DAT
        query = (
            sa.select(name, sa.func.max(day))
            .where(day >= midnight(since), line.QTY_RECVD > 0, line.ITEM_NO.is_not(None))
            .group_by(name)
        )
        read = self.frame(query, ["item_no", "received_on"])
        read["received_on"] = [value.date() for value in read["received_on"]]
        return read

    def open_documents(self) -> pd.DataFrame:
        """Items on open orders and holds."""
        name = sa.func.rtrim(PS_DOC_LIN.c.ITEM_NO)
        query = sa.select(name).where(PS_DOC_LIN.c.LIN_TYP.in_(_OPEN_LINES), PS_DOC_LIN.c.ITEM_NO.is_not(None))
        return self.frame(query.distinct(), ["item_no"])

    def product_map(self) -> pd.DataFrame:
        """Which product of the web shop an item number or a binding id is, as the connector noted it.

        A size of a bound product is in the second map only; where both know a key the first is right. A key may be
        several products, one for each web shop of the connector.
        """
        products = self.frame(sa.select(CPI_BC_PRODUCTS.c.ITEM_NO, CPI_BC_PRODUCTS.c.PRODUCT_ID), ["key", "product_id"])
        variants = self.frame(sa.select(CPI_BC_PROD.c.SKU, CPI_BC_PROD.c.PRODUCT_ID), ["key", "product_id"])
        for read in (products, variants):
            read["key"] = read["key"].map(trimmed)
        both = pd.concat([products, variants[~variants["key"].isin(products["key"])]], ignore_index=True)
        return both.drop_duplicates(ignore_index=True).astype(object)

    def web_descriptions(self) -> pd.DataFrame:
        """The descriptions for the web shop, with the columns of snapshots.WEB_DESCRIPTIONS: how long each is."""
        # The beginning is all that is asked for: whole ones are megabytes, and SQL Server knows no length of them.
        begins = sa.func.substring(EC_ITEM_DESCR.c.HTML_DESCR, 1, LONGEST_BEGINNING)
        read = self.frame(sa.select(EC_ITEM_DESCR.c.ITEM_NO, begins), ["item_no", "characters"])
        read["item_no"] = read["item_no"].map(trimmed)
        read["characters"] = pd.Series([len((text or "").strip()) for text in read["characters"]], dtype=object)
        return read

    def missing_columns(self) -> list[str]:
        """What this database lacks of what is read: `IM_ITEM.USR_ALWAYS_ONLINE (always_online)`, or a table's name."""
        missing: list[str] = []
        with self._connection() as connection:
            inspector = sa.inspect(connection)
            for fields in (self.item_fields, self.customer_fields):
                meanings = {column: f" ({meaning})" for meaning, column in fields.columns.items()}
                wanted = {fields.key: "", "LST_MAINT_DT": "", "LST_MAINT_USR_ID": "", **meanings}
                missing += _lacking(inspector, fields.table.name, wanted)
            for table in _READ_WHOLE:
                missing += _lacking(inspector, table.name, {column.name: "" for column in table.columns})
        return missing

    def frame(self, query: sa.Select | sa.CompoundSelect, columns: list[str]) -> pd.DataFrame:
        """The rows of a query under these names, all columns of type object."""
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


def _lacking(inspector: sa.Inspector, table: str, wanted: Mapping[str, str]) -> list[str]:
    """What a database lacks of one table. wanted: columns with what is said of each."""
    if not inspector.has_table(table):
        return [table]
    there = {column["name"].upper() for column in inspector.get_columns(table)}
    return [f"{table}.{column}{said}" for column, said in wanted.items() if column.upper() not in there]


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


def net(column: sa.ColumnElement) -> sa.ColumnElement:
    """A column of ticket lines, sold less returned. Installations sign returns differently; their size counts."""
    kind = PS_TKT_HIST_LIN.c.LIN_TYP
    return sa.case((kind == "S", column), (kind == "R", -sa.func.abs(column)), else_=0)


def midnight(day: date) -> datetime:
    """A day as Counterpoint writes it."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # Counterpoint's days carry no zone


def trimmed(value: Any) -> Any:
    """Text without blanks at the end, None for nothing: SQL Server compares so, PostgreSQL does not."""
    if not isinstance(value, str):
        return value
    return value.rstrip() or None


def code(value: Any) -> Any:
    """Text as `trimmed`, in capitals: SQL Server does not tell cases apart."""
    text = trimmed(value)
    return text.upper() if isinstance(text, str) else text


def _number(value: Any) -> Any:
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value))


def _reader(meaning: str) -> Callable[[Any], Any]:
    if meaning in _YES_NO:
        otherwise = _YES_NO[meaning]
        return lambda value: otherwise if code(value) is None else code(value) == "Y"
    if meaning in CODES:
        return code
    return _number if meaning in _NUMBERS else trimmed
