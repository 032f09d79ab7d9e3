"""One daemon a database: the advisory lock a Dagster daemon holds as long as it lives.

Measured with two daemons on one PostgreSQL: 9 of 10 schedule ticks ran twice; Dagster only logs a warning.
The lock is a session lock of PostgreSQL in Dagster's database, so it is free the moment its holder is gone,
however it went. A daemon whose lock connection dies ends at once, because from then on another one may run.

Only the lock belongs here. Starting the daemon is cli/daemon.py, asking it before any work is storage.py.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg

from ops_platform.adapters.postgres.urls import plain_url

EXIT_ANOTHER_DAEMON = 3
EXIT_LOCK_LOST = 4

_LOG = logging.getLogger("ops_platform.daemon")
_KEY: Final = 0x6F70735F6C6F636B  # any number nobody else locks in this database: "ops_lock"
_PING_SECONDS = 5.0
_HOLDER = """
    SELECT a.pid, a.application_name, a.backend_start
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database()
      AND ((l.classid::bigint << 32) | l.objid::bigint) = %s
"""


@dataclass(frozen=True)
class Holder:
    """Who holds the lock: the process (as it names itself) and since when (the server's clock)."""

    name: str
    since: datetime

    def __str__(self) -> str:
        return f"{self.name}, since {self.since:%Y-%m-%d %H:%M:%S %Z}".rstrip()


class AnotherDaemonError(RuntimeError):
    """Another daemon runs on this database."""

    def __init__(self, holder: Holder | None) -> None:
        self.holder = holder
        super().__init__(
            f"a Dagster daemon already runs on this database ({holder or 'it has just started'}). Two would "
            "run every schedule and sensor twice. Stop the other one first: Ctrl-C in its `ops up` or "
            "`dagster dev`."
        )


class DaemonLock:
    """The lock, held from `acquire` to `release` or to the end of the process."""

    def __init__(self, url: str) -> None:
        self._url = plain_url(url)
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def acquire(self) -> None:
        """Take the lock without waiting. Raises AnotherDaemonError, psycopg.OperationalError."""
        name = f"ops daemon {socket.gethostname()[:30]} pid {os.getpid()}"
        connection = _connect(self._url, name)
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_KEY,)).fetchone()
        if not (row and row[0]):
            holder = _holder(connection)
            connection.close()
            raise AnotherDaemonError(holder)
        self._connection = connection

    def wait_until_lost(self) -> str:
        """Block as long as the lock is held; return why it no longer is."""
        connection = self._connection
        if connection is None:
            return "it was never taken"
        try:
            while True:
                # Waits on the socket: a closed connection is noticed at once, a dead network by the ping.
                for _ in connection.notifies(timeout=_PING_SECONDS):
                    pass
                connection.execute("SELECT 1")
        except psycopg.Error as error:
            return " ".join(str(error).split())

    def release(self) -> None:
        """Give the lock back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def daemon_lock_holder(url: str) -> Holder | None:
    """Return who holds the lock on the database at `url`, or None. Raises psycopg.OperationalError."""
    with _connect(plain_url(url), "ops") as connection:
        return _holder(connection)


_guard = threading.Lock()
_held_by: int | None = None


def hold_daemon_lock(url: str) -> None:
    """Make this process the one daemon, for as long as it lives; later calls only confirm it.

    Ends the process when another daemon has the lock, and at any later time when the lock's connection dies:
    an exception would not do, because Dagster's daemon threads log it and go on.
    """
    global _held_by  # noqa: PLW0603  # a process holds it or not, whichever thread asks
    with _guard:
        if _held_by == os.getpid():
            return
        lock = DaemonLock(url)
        try:
            lock.acquire()
        except AnotherDaemonError as problem:
            _end(EXIT_ANOTHER_DAEMON, str(problem))
        _held_by = os.getpid()
        threading.Thread(target=_end_when_lost, args=(lock,), name="daemon-lock", daemon=True).start()


def _end_when_lost(lock: DaemonLock) -> None:
    reason = lock.wait_until_lost()
    _end(EXIT_LOCK_LOST, f"the connection that holds the daemon lock is gone ({reason}); ending")


def _end(code: int, reason: str) -> None:
    _LOG.critical("dagster daemon: %s", reason)
    logging.shutdown()
    # Without the usual clean-up on purpose: every further tick could be one that another daemon runs too.
    os._exit(code)


def _holder(connection: psycopg.Connection[tuple[object, ...]]) -> Holder | None:
    row = connection.execute(_HOLDER, (_KEY,)).fetchone()
    if row is None:
        return None
    pid, name, since = row
    assert isinstance(since, datetime)
    return Holder(str(name) or f"server process {pid}", since)


def _connect(url: str, name: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=5,
        application_name=name,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=10_000,
    )
