"""EmbeddedPostgres: start, attach to, and stop the platform's own PostgreSQL server.

What belongs here: the order of things, under one lock. What does not: the single steps (the other modules of
this package) and tables (migrations).
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from psycopg import sql

from ops_platform.adapters.postgres import cluster, postmaster, probe, state
from ops_platform.adapters.postgres.account import Account, choose_account
from ops_platform.adapters.postgres.attachment import Attachment, start_lock
from ops_platform.adapters.postgres.binaries import Binaries, find_binaries
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.placement import (
    SYSTEM_DIR,
    existing_base,
    make_base,
    make_folder,
    socket_dir,
)
from ops_platform.adapters.postgres.probe import ServerInfo

__all__ = ["EmbeddedPostgres", "ServerInfo"]

_NAME: Final = re.compile(r"^[a-z_][a-z0-9_]{0,62}$")

_log = logging.getLogger(__name__)


class EmbeddedPostgres:
    """The embedded server of one home folder.

    `start()` starts it or attaches to the one that runs; `stop()` lets it go and stops it when no other
    process is attached. As a context manager it does both. A server left by a killed command is attached to,
    never started twice. Every method raises PostgresError with a text for the person.
    """

    def __init__(
        self,
        home: Path,
        *,
        fsync: bool = True,
        port: int = 0,
        bin_dir: Path | None = None,
        system_dir: Path = SYSTEM_DIR,
    ) -> None:
        """Remember where and how; nothing is started or read yet.

        `home`: the platform's folder (.ops). `port` 0: chosen once, then kept. `fsync=False`: only for tests.
        `system_dir`: where data and programs go as root when the server's account cannot enter `home`.
        """
        self.home = home.resolve()
        self._fsync = fsync
        self._port = port
        self._bin_dir = bin_dir
        self._system_dir = system_dir
        self._attachment: Attachment | None = None
        self._info: ServerInfo | None = None

    @property
    def info(self) -> ServerInfo:
        """The server this object started or attached to. Raises PostgresError before and after that."""
        if self._info is None:
            raise PostgresError("the embedded database was not started here; call start() first")
        return self._info

    def __enter__(self) -> Self:
        """Start or attach; when that fails or is interrupted, nothing stays running for us."""
        try:
            self.start()
        except BaseException:
            with contextlib.suppress(PostgresError):
                self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the server go."""
        self.stop()

    def start(self) -> ServerInfo:
        """Start the server, or attach to the running one; a second call changes nothing."""
        account = choose_account(self.home / "postgres" / "data")
        try:
            base = make_base(self.home, account, self._system_dir)
            with start_lock(base):
                running = probe.find(base, patience=postmaster.START_SECONDS)
                started_here = running is None
                info = running or self._launch(base, account)
                self._hold(base)
                with probe.connect(base, info.port) as connection:
                    cluster.ensure_databases(connection, state.read_credentials(base))
        except OSError as error:
            raise self._unusable(error) from error
        was_started_here = self._info is not None and self._info.started_here and self._info.pid == info.pid
        self._info = replace(info, started_here=started_here or was_started_here)
        return self._info

    def attach(self) -> ServerInfo | None:
        """Attach to the running server, so that it is not stopped meanwhile; None when there is none."""
        try:
            base = existing_base(self.home)
            if base is None or postmaster.alive(base / "data") is None:
                return None
            with start_lock(base):
                self._info = probe.find(base, patience=30)
                if self._info is not None:
                    self._hold(base)
        except OSError as error:
            raise self._unusable(error) from error
        return self._info

    def peek(self) -> ServerInfo | None:
        """The running server, without holding it or changing anything; None when there is none."""
        try:
            base = existing_base(self.home)
            return None if base is None else probe.find(base, patience=5)
        except OSError as error:
            raise self._unusable(error) from error

    def stop(self) -> bool:
        """Let the server go, and stop it when nobody else is attached. True when it does not run any more."""
        self._info = None
        base = existing_base(self.home)
        if base is None:
            return True
        try:
            with start_lock(base):
                attachment = self._attachment or Attachment(base)
                attachment.release()
                self._attachment = None
                others = attachment.others()
                if others:
                    _log.info("the database keeps running for the process(es) %s", ", ".join(map(str, others)))
                    return False
                if postmaster.alive(base / "data") is not None:
                    account = choose_account(base / "data")
                    postmaster.stop(self._binaries(base, account), base / "data", account)
                return True
        except OSError as error:
            raise self._unusable(error) from error

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database owned by `ops`, empty or a copy (without its settings); its plain URL."""
        for each in (name, template or name):
            _check_name(each)
        with self._admin() as connection:
            cluster.make_database(connection, name, owner="ops", template=template)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database and cut its connections; a missing one is fine, the platform's own are refused."""
        _check_name(name)
        if name in cluster.DATABASES or name in {"postgres", "template0", "template1"}:
            raise PostgresError(f"the database {name} belongs to the platform and is not dropped")
        with self._admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, database: str) -> str:
        """The plain URL of a database, for the login that owns it."""
        info = self.info
        return probe.url(state.read_credentials(info.folder), info.port, database)

    def _admin(self) -> psycopg.Connection[Any]:
        return probe.connect(self.info.folder, self.info.port)

    def _hold(self, base: Path) -> None:
        if self._attachment is None:
            self._attachment = Attachment(base)
        self._attachment.acquire()

    def _binaries(self, base: Path, account: Account) -> Binaries:
        major = cluster.data_major(base / "data")
        return find_binaries(self._bin_dir, account, major=major, system_dir=self._system_dir)

    def _launch(self, base: Path, account: Account) -> ServerInfo:
        binaries = self._binaries(base, account)
        if cluster.data_major(base / "data") is None:
            cluster.initialise(base, binaries, account, state.make_credentials(base), fsync=self._fsync)
        state.read_credentials(base)  # missing ones are told before a server runs that nobody can enter
        make_folder(base / "log", account, 0o700)
        sockets = socket_dir(base)
        if sockets:
            make_folder(sockets, account, 0o755)
        self._start_process(base, binaries, account)
        info = probe.find(base, patience=30)
        if info is None:
            raise PostgresError(f"the database stopped right after its start; see {base / 'log'}")
        return info

    def _start_process(self, base: Path, binaries: Binaries, account: Account) -> None:
        data = base / "data"
        taken: set[int] = set()
        deadline = time.monotonic() + postmaster.STALE_SECONDS
        while True:
            port = self._port or state.choose_port(base, avoid=taken)
            if self._port and not state.port_is_free(port):
                raise PostgresError(
                    f"port {port} is taken by another program; set OPS_POSTGRES__PORT to a free one, or to 0 "
                    "to have one chosen"
                )
            cluster.configure(base, account, port=port, fsync=self._fsync)
            failure = postmaster.start(binaries, data, account)
            if failure is None:
                state.remember_port(base, port)
                return
            if probe.find(base, patience=postmaster.START_SECONDS) is not None:
                return  # the pg_ctl of a killed command was faster
            if not state.port_is_free(port):
                taken.add(port)  # somebody was faster between the look and the start
            elif (data / "postmaster.pid").exists() and time.monotonic() < deadline:
                postmaster.wait_while_others_finish(data, deadline - time.monotonic())
                postmaster.clear_stale(data, socket_dir(base))
            else:
                raise PostgresError(_start_failed(failure, base))
            time.sleep(0.2)

    def _unusable(self, error: OSError) -> PostgresError:
        what = f"{error.filename or self.home}: {error.strerror}"
        if isinstance(error, PermissionError):
            return PostgresError(
                f"{what}. It belongs to another user: run the command as the user who started the database "
                "first, or set OPS_HOME to a folder of your own"
            )
        return PostgresError(f"{what}. The database needs this folder; make it usable, or set OPS_HOME to another")


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise PostgresError(f"{name!r} cannot be a database name here: lower case letters, digits and _ only")


def _start_failed(failure: str, base: Path) -> str:
    tail = "\n".join(failure.strip().splitlines()[-15:])
    logs = sorted((base / "log").glob("*.log"), key=lambda file: file.stat().st_mtime)
    last = logs[-1].read_text(encoding="utf-8", errors="replace").splitlines()[-10:] if logs else []
    return f"the database does not start. What it said:\n{tail}\n" + "\n".join(last) + f"\nIts logs: {base / 'log'}"
