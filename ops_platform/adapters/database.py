"""PostgreSQL as the platform uses it: engines, the queries of sql/, binary COPY, advisory locks.

No business rule and no table name belongs here; the statements of a business are in sql/<business>/ and
are run by its flows. Source for COPY in binary form: PostgreSQL manual, "COPY", and psycopg 3, "Using COPY TO
and COPY FROM" (the fastest way measured from Python, spec/platform_facts.md section 6).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from ops_platform.paths import query_file

if TYPE_CHECKING:
    import pandas as pd

SEARCH_PATH = "vehicles,restaurant,retail,ops,public"


class Database:
    """One database behind one pooled engine. Cheap to make; connects on first use.

    url: any `postgresql://` URL; the driver is always psycopg 3 here. `close()` gives the connections back.
    """

    def __init__(self, url: str, *, application_name: str = "ops", pool_size: int = 5) -> None:
        driver_url = sa.make_url(url).set(drivername="postgresql+psycopg")
        self.engine = sa.create_engine(
            driver_url,
            pool_size=pool_size,
            # A pooled connection that died with a restarted server fails one run; the ping costs 0.1 ms.
            pool_pre_ping=True,
            # An error's text goes into logs and mails; the values of a statement may be people's addresses.
            hide_parameters=True,
            connect_args={
                "application_name": application_name,
                # Staged rows stay in memory up to 100,000 cars; taken only by connections that stage some.
                "options": f"-csearch_path={SEARCH_PATH} -ctemp_buffers=96MB",
                "connect_timeout": 10,
            },
        )

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Yield a connection whose work is committed as a whole, or not at all."""
        with self.engine.begin() as connection:
            yield connection

    def frame(self, query: str, **parameters: Any) -> pd.DataFrame:
        """Return the rows of one statement as a frame. `query`: `business/name` (a file of sql/) or SQL text."""
        with self.engine.connect() as connection:
            return frame(connection, query, **parameters)

    def execute(self, query: str, **parameters: Any) -> int:
        """Run one statement in its own transaction; return the number of rows it touched."""
        with self.transaction() as connection:
            return execute(connection, query, **parameters)


def frame(connection: sa.Connection, query: str, **parameters: Any) -> pd.DataFrame:
    """Return the rows of one statement as a frame: values as the driver gives them, columns of type object.

    No type is guessed: an integer column with a NULL in it must not become floats (a year of 2024.0).
    """
    import pandas as pd  # noqa: PLC0415  # the watchdog asks for rows only, and stays small without it

    result = connection.execute(statement(query), parameters)
    columns = list(result.keys())
    return pd.DataFrame(list(map(tuple, result)), columns=columns, dtype=object)


def execute(connection: sa.Connection, query: str, **parameters: Any) -> int:
    """Run one statement; return the number of rows it touched."""
    return connection.execute(statement(query), parameters).rowcount


def scalar(connection: sa.Connection, query: str, **parameters: Any) -> Any:
    """Return the first value of the first row, or None when there is no row."""
    return connection.execute(statement(query), parameters).scalar()


def records(connection: sa.Connection, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return the rows of one statement as dicts."""
    result = connection.execute(statement(query), parameters)
    columns = list(result.keys())
    return [dict(zip(columns, row, strict=True)) for row in result]


def statement(query: str) -> sa.TextClause:
    """Return a statement for `business/name`, read once from sql/<business>/<name>.sql, or for SQL text."""
    return _query_file(query) if "/" in query and " " not in query.strip() else sa.text(query)


@functools.cache  # the clause, too: finding its parameters again costs as much as asking a small question
def _query_file(name: str) -> sa.TextClause:
    business, _, stem = name.partition("/")
    return sa.text(query_file(business, stem).read_text(encoding="utf-8"))


def copy_rows(connection: sa.Connection, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table in binary form, inside the connection's transaction.

    columns: name -> PostgreSQL type, in the order of the values. None is NULL. Names are the caller's constants.
    Errors: psycopg.Error for a value that does not fit its type; the transaction is then to be rolled back.
    """
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    names = ", ".join(f'"{name}"' for name in columns)
    with (
        raw.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)".encode()) as copy,
    ):
        copy.set_types(list(columns.values()))
        write = copy.write_row
        for row in rows:
            write(row)


def copy_frame(
    connection: sa.Connection, table: str, columns: dict[str, str], data: pd.DataFrame, **constants: Any
) -> None:
    """COPY a frame's columns into a table; `constants` are columns with one value for all rows.

    Missing values of any kind (None, NaN, NaT, NA) become NULL. Numbers for `numeric` are rounded to cents.
    """
    height = len(data)
    lists = [
        [constants[name]] * height if name in constants else python_values(data[name], kind)
        for name, kind in columns.items()
    ]
    copy_rows(connection, table, columns, zip(*lists, strict=True))


def python_values(column: pd.Series, kind: str) -> list[Any]:
    """Return a column as plain Python values the binary COPY of `kind` accepts, with None for missing."""
    if kind == "numeric":
        return _decimals(column)
    if kind == "jsonb":
        return [None if value is None else Jsonb(value) for value in column.tolist()]
    if kind in _ARRAYS:
        return column.tolist()
    return column.to_numpy(dtype=object, na_value=None).tolist()  # type: ignore[call-overload]  # None is meant


_ARRAYS = frozenset({"text[]"})


def _decimals(column: pd.Series) -> list[Any]:
    """Cents as Decimal. Prices repeat, so each distinct one is converted once (10x on real files)."""
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    codes, distinct = pd.factorize(column.to_numpy(dtype=float, na_value=float("nan")), use_na_sentinel=True)
    # Whole dollars, nearly all prices are, need no text on the way.
    decimals = [Decimal(int(value) if value.is_integer() else f"{value:.2f}") for value in distinct.tolist()]
    converted = np.array([*decimals, None], dtype=object)
    return converted[codes].tolist()  # the sentinel -1 picks the last one


def advisory_key(name: str) -> int:
    """Return the 64-bit key of a named advisory lock; the same on every machine and in every process."""
    return int.from_bytes(hashlib.sha256(f"ops_platform:{name}".encode()).digest()[:8], "big", signed=True)


def lock_in_transaction(connection: sa.Connection, name: str) -> None:
    """Wait for a named lock and hold it until the transaction ends."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": advisory_key(name)})


@contextmanager
def held_lock(db: Database, name: str, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold a named lock on a connection of its own for as long as the block runs.

    Yields whether it was obtained (always True when waiting). The server gives it back when the process dies, which
    is why it tells the living from the dead better than any flag in a table.
    """
    suffix = "_shared" if shared else ""
    take = f"pg_advisory_lock{suffix}" if wait else f"pg_try_advisory_lock{suffix}"
    key = {"key": advisory_key(name)}
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        obtained = connection.execute(sa.text(f"SELECT {take}(:key)"), key).scalar() is not False
        try:
            yield obtained
        finally:
            if obtained:
                connection.execute(sa.text(f"SELECT pg_advisory_unlock{suffix}(:key)"), key)
