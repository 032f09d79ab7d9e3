"""A database beside those of the platform: to try a backup, or to bring one back.

What belongs here: making, dropping and putting in the place of another, on the embedded server or one of your own. What
does not: what comes into it (dump.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from ops_platform.adapters.postgres import probe
from ops_platform.adapters.postgres.databases import embedded_server
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.urls import plain_url
from ops_platform.settings import Settings

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class NotAllowedError(PostgresError):
    """The login may not make databases; the message says what an administrator does."""


def new_database(settings: Settings, ops_url: str, name: str) -> str:
    """Make an empty database on the server of the platform's own, and return its plain URL.

    Errors: PostgresError: the name is none, it is taken, or (NotAllowedError) the login may not.
    """
    if not _NAME.fullmatch(name):
        raise PostgresError(f"{name!r} cannot be a database name here: lower case letters, digits and _ only")
    with _admin(settings, ops_url) as (connection, owner):
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if owner is not None:
            statement += sql.SQL(" OWNER {}").format(sql.Identifier(owner))
        try:
            connection.execute(statement)
        except psycopg.errors.DuplicateDatabase:
            raise PostgresError(f"there is a database {name} already; choose another name") from None
        except psycopg.errors.InsufficientPrivilege:
            raise NotAllowedError(
                f"the login {connection.info.user} may not make databases: have an administrator run ALTER ROLE "
                f"{connection.info.user} CREATEDB"
            ) from None
    return plain_url(make_url(ops_url).set(database=name).render_as_string(hide_password=False))


def drop_database(settings: Settings, ops_url: str, name: str) -> None:
    """Drop a database that `new_database` made; a missing one is fine."""
    with _admin(settings, ops_url) as (connection, _):
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def put_in_place(settings: Settings, ops_url: str, name: str, *, aside: str) -> None:
    """Give a database the place of the platform's own, which is kept under the name `aside`.

    Errors: PostgresError when somebody is connected: the platform has to stand still.
    """
    own = make_url(ops_url).database
    assert own is not None
    with _admin(settings, ops_url, elsewhere=True) as (connection, _):
        row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (own,)).fetchone()
        if row and row[0]:
            raise PostgresError(
                f"{row[0]} connections use the database {own}: end `ops up` and every other ops command, then try again"
            )
        with connection.transaction():
            for old, new in ((own, aside), (name, own)):
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
                )


@contextmanager
def _admin(
    settings: Settings, ops_url: str, *, elsewhere: bool = False
) -> Iterator[tuple[psycopg.Connection[Any], str | None]]:
    """A connection that may make databases, and who is to own them: the superuser of the embedded server, else ours.

    The settings alone do not tell which it is: Dagster's processes are given the embedded server's URL as well.
    """
    wanted = make_url(ops_url)
    info = embedded_server(settings).peek()
    if info is not None and (wanted.host, wanted.port) == (info.host, info.port):
        with probe.connect(info.folder, info.port) as connection:
            yield connection, wanted.username
        return
    url = wanted.set(database="postgres") if elsewhere else wanted
    with psycopg.connect(plain_url(url.render_as_string(hide_password=False)), autocommit=True) as connection:
        yield connection, None
