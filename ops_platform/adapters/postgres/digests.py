"""What is in a database, told so that two can be compared: rows and a digest of each table, the place of each sequence.

What belongs here: asking and comparing. What does not: copying (dump.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

_TABLES: Final = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND c.relpersistence <> 't'
    ORDER BY 1, 2
"""
_SEQUENCES: Final = "SELECT schemaname, sequencename, coalesce(last_value, 0) FROM pg_sequences ORDER BY 1, 2"
# The sum does not depend on the order of the rows, which a restored table need not have.
_DIGEST: Final = sql.SQL(
    "SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text FROM {}.{} AS t"
)
# How values are written depends on these, and another server may have others.
_WRITTEN_AS: Final = (
    "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres'; "
    "SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL xmlbinary = 'base64'"
)


@dataclass(frozen=True, order=True)
class TableDigest:
    """What a table held. rows: of a sequence its last value, and no digest."""

    table: str
    rows: int
    digest: str = ""


def digests(connection: psycopg.Connection[Any]) -> list[TableDigest]:
    """Every table and sequence of the database, by name; tables as the connection's open transaction sees them."""
    return sorted([*sequences(connection), *tables(connection)])


def tables(connection: psycopg.Connection[Any]) -> Iterator[TableDigest]:
    """Every table, as the connection's open transaction sees it."""
    connection.execute(_WRITTEN_AS)
    for schema, table in connection.execute(_TABLES).fetchall():
        row = connection.execute(_DIGEST.format(sql.Identifier(schema), sql.Identifier(table))).fetchone()
        assert row is not None
        yield TableDigest(f"{schema}.{table}", int(row[0]), row[1])


def sequences(connection: psycopg.Connection[Any]) -> list[TableDigest]:
    """Every sequence, as it is now: no transaction keeps them still."""
    return [TableDigest(f"{schema}.{name}", int(last)) for schema, name, last in connection.execute(_SEQUENCES)]


def differences(wanted: Iterable[TableDigest], there: Iterable[TableDigest]) -> list[str]:
    """What is not as it was, one sentence a table; none when both hold the same.

    A sequence may be further on than it was, never back: it would give a number a second time.
    """
    was = {each.table: each for each in wanted}
    found = {each.table: each for each in there}
    told = [f"{name} is missing" for name in was if name not in found]
    told += [f"{name} is there and was not" for name in found if name not in was]
    for name in was.keys() & found.keys():
        if not was[name].digest:
            if found[name].rows < was[name].rows:
                told.append(f"{name} is at {found[name].rows:,}, and was at {was[name].rows:,}")
        elif was[name].rows != found[name].rows:
            told.append(f"{name} has {found[name].rows:,} rows, and had {was[name].rows:,}")
        elif was[name].digest != found[name].digest:
            told.append(f"{name} has its {was[name].rows:,} rows, but other values")
    return sorted(told)
