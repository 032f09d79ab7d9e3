"""The running server, seen from outside: does it answer, is it ours, what is it.

What belongs here: connecting as the server's own superuser and describing what answers. What does not:
changing anything (server.py, cluster.py).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

from ops_platform.adapters.postgres import postmaster
from ops_platform.adapters.postgres.cluster import DATABASES
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.state import SUPERUSER, Credentials, read_credentials
from ops_platform.adapters.postgres.urls import Urls, build_url

HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class ServerInfo:
    """A running embedded server. `urls` holds passwords and is left out of repr()."""

    host: str
    port: int
    pid: int
    version: str
    folder: Path
    urls: Urls = field(repr=False)
    started_here: bool = False


def find(base: Path, *, patience: float) -> ServerInfo | None:
    """The live server of this folder once it answers; None when there is none.

    Raises PostgresError when it does not answer within `patience` seconds, or refuses our password.
    """
    data = base / "data"
    deadline = time.monotonic() + patience
    while True:
        process = postmaster.alive(data)
        if process is None:
            return None
        try:
            with connect(base, process.port) as connection:
                return _describe(base, process, connection)
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise PostgresError(
                    f"the database in {base} refuses the password in {base / 'credentials.json'}: the file "
                    "does not belong to this database; put the right one back from a backup"
                ) from error
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"the process {process.pid} serves {data} but does not answer on port {process.port} "
                    f"({process.status}); see {base / 'log'}, or end the process and try again"
                ) from error
        time.sleep(0.1)


def connect(base: Path, port: int) -> psycopg.Connection[Any]:
    """A connection of the superuser, in autocommit."""
    return psycopg.connect(
        host=HOST,
        port=port,
        user=SUPERUSER,
        password=read_credentials(base)[SUPERUSER],
        dbname="postgres",
        connect_timeout=10,
        autocommit=True,
    )


def url(credentials: Credentials, port: int, database: str) -> str:
    """The plain URL of a database for the login that owns it (`ops` for those of tests)."""
    owner = DATABASES.get(database, "ops")
    return build_url(user=owner, password=credentials[owner], host=HOST, port=port, database=database)


def _describe(base: Path, process: postmaster.Postmaster, connection: psycopg.Connection[Any]) -> ServerInfo:
    row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    if row is None or Path(row[0]).resolve() != base / "data":
        raise PostgresError(f"the server on port {process.port} does not serve {base / 'data'}")
    credentials = read_credentials(base)
    return ServerInfo(
        host=HOST,
        port=process.port,
        pid=process.pid,
        version=(connection.info.parameter_status("server_version") or "").partition(" ")[0],
        folder=base,
        urls=Urls(**{name: url(credentials, process.port, name) for name in DATABASES}),
    )
