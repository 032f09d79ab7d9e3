"""Dagster's storage (runs, events, schedules) in PostgreSQL, found the way the platform finds its databases.

dagster.yaml could name an environment variable instead, but then every Dagster command dies on the missing
variable, also those that need no database (`dg list defs`, `dg check defs`, `dagster definitions validate`),
and plain `dagster dev` beside a running `ops up` could not find the embedded server. So the URL is looked up
when the storage is made: OPS_DAGSTER_DATABASE_URL, .env, ops.yaml, else the embedded server if it runs. With
no database the storage is made all the same and refuses at its first use, saying to run `ops up` and why.

No URL stands in dagster.yaml or in what Dagster hands to its processes, so no password does either.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import click
import psycopg2
import sqlalchemy as sa
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log import EventLogStorage
from dagster._core.storage.runs import RunStorage
from dagster._core.storage.schedules import ScheduleStorage
from dagster._daemon.types import DaemonHeartbeat
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from dagster_postgres.auth import PgTokenProvider
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage
from dagster_postgres.schedule_storage import PostgresScheduleStorage

from ops_platform.adapters.postgres.databases import database_urls
from ops_platform.adapters.postgres.errors import DatabaseNotRunning
from ops_platform.adapters.postgres.urls import dagster_url, plain_url
from ops_platform.dagster_instance.daemon_lock import hold_daemon_lock
from ops_platform.dagster_instance.environment import DAGSTER_URL_VARIABLE
from ops_platform.settings import load_settings

_PATIENCE_SECONDS = 6.0  # a restart of the server while a process starts; Dagster's own retries take as long
_CREATION_LOCK = 0x6F70735F6D616B65
_NOWHERE = "postgresql+psycopg2://run-ops-up/dagster"


class DatabaseNotReadyError(click.ClickException):
    """Dagster's database cannot be used; the message says why and what to do. `dagster` prints it as is."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"run `ops up`: Dagster keeps its runs and schedules in PostgreSQL, and {reason}")


class OpsStorage(DagsterStorage, ConfigurableClass):
    """Dagster's three storages on one PostgreSQL database; its daemon must be the only one there."""

    def __init__(
        self,
        run_storage: PostgresRunStorage,
        event_log_storage: PostgresEventLogStorage,
        schedule_storage: PostgresScheduleStorage,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        self._run_storage = run_storage
        self._event_log_storage = event_log_storage
        self._schedule_storage = schedule_storage
        self._inst_data = inst_data
        super().__init__()

    @classmethod
    def connected(cls, url: str, inst_data: ConfigurableClassData | None = None) -> OpsStorage:
        """The storages on the database at `url` (psycopg2's form), their tables made when they are missing.

        Raises DatabaseNotReadyError when nothing answers there.
        """
        with closing(_connection(url)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('jobs') IS NOT NULL")
            if not cursor.fetchone()[0]:
                # Several processes start at once on a new database; their CREATE TABLEs would collide.
                cursor.execute("SELECT pg_advisory_lock(%s)", (_CREATION_LOCK,))
            return cls(
                OneDaemonRunStorage(url),
                PostgresEventLogStorage(url),
                PostgresScheduleStorage(url),
                inst_data,
            )

    @classmethod
    def absent(cls, problem: DatabaseNotReadyError, inst_data: ConfigurableClassData | None = None) -> OpsStorage:
        """Storages that connect nowhere and raise `problem` at their first use."""
        refusing: dict[str, Any] = {"should_autocreate_tables": False, "token_provider": _Refusing(problem)}
        return cls(
            AbsentRunStorage(_NOWHERE, **refusing),
            PostgresEventLogStorage(_NOWHERE, **refusing),
            PostgresScheduleStorage(_NOWHERE, **refusing),
            inst_data,
        )

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """No configuration: nothing secret can end up in dagster.yaml."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> OpsStorage:
        """Called by Dagster for `storage: custom:`.

        Raises DatabaseNotReadyError for services without a database; commands in the checkout get a storage
        that raises it at its first use, because many of them never come to that.
        """
        try:
            return cls.connected(find_database_url(), inst_data)
        except DatabaseNotReadyError as problem:
            if _is_for_a_service():
                raise
            return cls.absent(problem, inst_data)

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """What Dagster made this storage from."""
        return self._inst_data

    @property
    def run_storage(self) -> RunStorage:
        """Runs, their tags and snapshots, daemon heartbeats."""
        return self._run_storage

    @property
    def event_log_storage(self) -> EventLogStorage:
        """Events, asset records, pool slots."""
        return self._event_log_storage

    @property
    def schedule_storage(self) -> ScheduleStorage:
        """Schedules, sensors, their ticks."""
        return self._schedule_storage


class OneDaemonRunStorage(PostgresRunStorage):
    """Run storage that lets only one daemon process of all live on its database.

    A daemon writes a heartbeat before each of its loops does any work, so this is where a second one, started
    by `dagster dev` or `dagster-daemon run` beside `ops up`, is stopped: Dagster itself only logs a warning,
    and then ticks and sensor run keys run twice.
    """

    def add_daemon_heartbeat(self, daemon_heartbeat: DaemonHeartbeat) -> None:
        """Write the heartbeat if this process is the one daemon; else end the process with the reason."""
        hold_daemon_lock(self.postgres_url)
        super().add_daemon_heartbeat(daemon_heartbeat)


class AbsentRunStorage(PostgresRunStorage):
    """Run storage without a database: answers the one question asked while definitions are merely loaded."""

    def get_cursor_values(self, keys: set[str]) -> Mapping[str, str]:
        """No values: the saved state of state-backed definitions; without a database there is none."""
        return {}


def find_database_url() -> str:
    """Return the URL of Dagster's database for psycopg2.

    Raises DatabaseNotReadyError when none is set and the embedded server does not run, and SettingsError.
    """
    return dagster_url(os.environ.get(DAGSTER_URL_VARIABLE) or _from_settings())


def _from_settings() -> str:
    settings = load_settings()
    if settings.dagster_database_url:
        return settings.dagster_database_url.get_secret_value()
    try:
        return database_urls(settings).dagster
    except DatabaseNotRunning as problem:
        raise DatabaseNotReadyError(str(problem)) from None


def _connection(url: str) -> Any:
    """Connect, waiting a little for a server that is just starting. Raises DatabaseNotReadyError."""
    patience = 0.0 if os.environ.get("DAGSTER_IS_DEFS_VALIDATION_CLI") else _PATIENCE_SECONDS
    deadline = time.monotonic() + patience
    while True:
        try:
            connection = psycopg2.connect(plain_url(url), connect_timeout=3, application_name="ops dagster")
        except psycopg2.OperationalError as error:
            if time.monotonic() >= deadline:
                said = " ".join(str(error).split()) or "no answer"
                where = f"{sa.make_url(url).host}:{sa.make_url(url).port or 5432}"
                raise DatabaseNotReadyError(
                    f"the server at {where} does not answer ({said}); `ops up` starts the embedded one unless "
                    f"{DAGSTER_URL_VARIABLE} names a server of your own, which then has to run"
                ) from None
            time.sleep(0.3)
        else:
            connection.autocommit = True
            return connection


def _is_for_a_service() -> bool:
    """Whether this process goes on for long: with a storage that refuses it would do so after the database came."""
    # The variable of `dagster dev` alone does not tell: `dg` sets it for all its commands.
    is_dev = bool(os.environ.get("DAGSTER_IS_DEV_CLI")) and "dev" in sys.argv[1:]
    return is_dev or bool(os.environ.get("DAGSTER_HOME"))


class _Refusing(PgTokenProvider):
    """Stands where a password would be fetched before each connection, and says that there is no database."""

    def __init__(self, problem: DatabaseNotReadyError) -> None:
        super().__init__()
        self._problem = problem

    def _fetch_token(self) -> tuple[str, float]:
        raise self._problem
