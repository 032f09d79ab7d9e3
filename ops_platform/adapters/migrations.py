"""Bring a database to the state of sql/migrations: Alembic with plain SQL files, forward only.

What belongs here: running, checking and explaining migrations. What does not: SQL of a business (that is in
the files), the files themselves (migration_files.py) and creating databases (adapters/postgres).

Each file of sql/alembic/versions is a revision of a few lines that calls `run_sql` with its SQL file. A
migration is one transaction. The version table and the checksums of applied files are in the schema `ops`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import psycopg
import sqlalchemy
from alembic import command, op
from psycopg import generators, sql
from psycopg.pq import ExecStatus, TransactionStatus

from ops_platform import paths
from ops_platform.adapters.migration_files import (
    EditedMigrationError,
    MigrationError,
    checksum,
    failure_line,
    refuse_unfit,
)
from ops_platform.adapters.migration_state import (
    MigrationStatus,
    alembic_config,
    migration_status,
    refuse_unusable,
    status_of,
)
from ops_platform.adapters.postgres.urls import app_url, mask_url, plain_url

__all__ = [
    "EditedMigrationError",
    "MigrationError",
    "MigrationReport",
    "MigrationStatus",
    "Progress",
    "migrate",
    "migration_status",
    "refuse_downgrade",
    "run_sql",
    "set_search_path",
]

# Unqualified names of every business are found in this order; the guide's own queries rely on it.
SEARCH_PATH: Final = ("vehicles", "restaurant", "retail", "ops", "public")
GROUPS: Final = ("ops_app", "ops_report")
OLDEST_SERVER: Final = 150000
# One number for all commands of this platform: "the migrations of this database".
_LOCK: Final = 0x6F70735F6D6967
_LOCK_SECONDS: Final = 600.0

Progress = Callable[[str, int, int], None]
"""Called before each migration with its name (0001_vehicles), its number and how many there are to do."""


@dataclass(frozen=True)
class MigrationReport:
    """What `migrate` did. Revisions are ids ("0001"); None is an empty database."""

    from_revision: str | None
    to_revision: str | None
    applied: list[str]  # names (0001_vehicles), in order
    seconds: float


@dataclass
class _Run:
    """One call of `migrate`, as the revisions see it."""

    folder: Path
    total: int
    progress: Progress | None
    applied: list[str] = field(default_factory=list)


def migrate(url: str, *, progress: Progress | None = None, root: Path | None = None) -> MigrationReport:
    """Apply what is missing, in order, each in its own transaction; a second call changes nothing.

    Several processes may call it at once: they go one after the other. `root` is the checkout whose sql/ is
    used (default: this one). Raises MigrationError when the database is newer than the code, an applied file
    was edited, a file fails (the error names file and line; what was applied before stays), or the server is
    too old; psycopg.OperationalError when it cannot be reached.
    """
    started = time.monotonic()
    with _locked(url):
        with psycopg.connect(plain_url(url), autocommit=True) as connection:
            _prepare(connection)
            status = status_of(connection, root)
            refuse_unusable(status)
        run = _Run(paths.migrations_dir(root), len(status.pending), progress)
        if status.pending:
            _upgrade(url, root, run)
        set_search_path(url)
    return MigrationReport(status.current, status.head, run.applied, time.monotonic() - started)


def set_search_path(url: str) -> None:
    """Let new connections find the tables of every business without naming a schema.

    Kept with the database; where the login does not own it, with the login in this database. A copy of a
    database (CREATE DATABASE ... TEMPLATE) does not inherit it and needs its own call.
    """
    wanted = ", ".join(SEARCH_PATH)
    names = sql.SQL(", ").join(map(sql.Identifier, SEARCH_PATH))
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        row = connection.execute("SELECT current_setting('search_path')").fetchone()
        if row is not None and row[0].replace('"', "") == wanted:
            return
        database = sql.Identifier(connection.info.dbname)
        try:
            connection.execute(sql.SQL("ALTER DATABASE {} SET search_path TO {}").format(database, names))
        except psycopg.errors.InsufficientPrivilege:
            connection.execute(
                sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET search_path TO {}").format(database, names)
            )


def run_sql(file_name: str) -> None:
    """Run one file of sql/migrations in the current migration's transaction. For revisions only.

    The text goes to the server as it is: no parameters, so % and : mean nothing.
    """
    config = op.get_context().config
    if config is None or "run" not in config.attributes:
        raise MigrationError(_WHO_RUNS)
    run: _Run = config.attributes["run"]
    file = run.folder / file_name
    if run.progress is not None:
        run.progress(file.stem, len(run.applied) + 1, run.total)
    bind = op.get_bind()
    raw = bind.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise MigrationError(_WHO_RUNS)
    _execute_file(raw, file)
    raw.execute(
        "INSERT INTO ops.migration_checksums (name, sha256) VALUES (%s, %s) "
        "ON CONFLICT (name) DO UPDATE SET sha256 = EXCLUDED.sha256, applied_at = now()",
        (file.stem, checksum(file)),
    )
    run.applied.append(file.stem)


def refuse_downgrade() -> NoReturn:
    """What every revision's downgrade does."""
    raise MigrationError(
        "migrations only go forward: undoing one would drop columns and rows that are needed. To correct a "
        "migration write a new one (python -m ops_platform.adapters.migration_files new NAME); to go back in "
        "time restore a backup into a new database and point OPS_DATABASE_URL to it"
    )


_WHO_RUNS: Final = "migrations are run by `ops migrate` (ops_platform.adapters.migrations.migrate), not by alembic"


def _upgrade(url: str, root: Path | None, run: _Run) -> None:
    engine = sqlalchemy.create_engine(app_url(url), poolclass=sqlalchemy.pool.NullPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SET search_path TO " + ", ".join(SEARCH_PATH))
            connection.commit()
            config = alembic_config(root)
            config.attributes.update(connection=connection, run=run)
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _execute_file(raw: psycopg.Connection[Any], file: Path) -> None:
    if not file.is_file():
        raise MigrationError(f"sql/migrations/{file.name} is missing; restore it with git checkout")
    text = file.read_text(encoding="utf-8")
    refuse_unfit(file, text)
    raw.execute("SELECT 1")  # makes the driver open the transaction, which the next line would not
    raw.pgconn.send_query(text.encode())
    results = raw.wait(generators.execute(raw.pgconn))
    for completed, result in enumerate(results):
        if result.status == ExecStatus.FATAL_ERROR:
            error = psycopg.errors.error_from_result(result)
            position = int(error.diag.statement_position) if error.diag.statement_position else None
            line = failure_line(text, position=position, completed=completed)
            raise MigrationError(_failed(file, line, error)) from error
    if raw.info.transaction_status != TransactionStatus.INTRANS:
        raise MigrationError(f"{file.name} ended the transaction around it; remove COMMIT and ROLLBACK from it")


def _failed(file: Path, line: int | None, error: psycopg.Error) -> str:
    where = f"sql/migrations/{file.name}" + (f", line {line}" if line else "")
    more = "".join(f"\n  {text}" for text in (error.diag.message_detail, error.diag.message_hint) if text)
    return (
        f"{where}: {error.diag.message_primary or error}{more}\nThe database is as it was before this "
        "migration; correct the file and run `ops migrate` again"
    )


@contextlib.contextmanager
def _locked(url: str) -> Iterator[None]:
    """Hold the migration lock of the database; a killed holder's connection ends and frees it."""
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        deadline = time.monotonic() + _LOCK_SECONDS
        # Asked again and again instead of waiting in the server: a waiting statement would hold a snapshot,
        # and CREATE INDEX CONCURRENTLY of the one that migrates would wait for it for ever.
        while not _try_lock(connection):
            if time.monotonic() > deadline:
                raise MigrationError(
                    f"another process has been migrating {mask_url(url)} for {_LOCK_SECONDS / 60:.0f} "
                    "minutes; look whether it hangs, end it and run `ops migrate` again"
                )
            time.sleep(0.1)
        yield


def _try_lock(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    return bool(row and row[0])


def _prepare(connection: psycopg.Connection[Any]) -> None:
    """The schema `ops`, the table of checksums, and the group roles that migrations grant rights to."""
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise MigrationError(
            f"the server is PostgreSQL {version // 10000}; {OLDEST_SERVER // 10000} or newer is needed"
        )
    try:
        if connection.execute("SELECT to_regclass('ops.migration_checksums')").fetchone() == (None,):
            connection.execute("CREATE SCHEMA IF NOT EXISTS ops")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS ops.migration_checksums ("
                " name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
            )
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationError(
            f"the login {connection.info.user} may not create schemas in {connection.info.dbname}: let it "
            f"own the database (ALTER DATABASE {connection.info.dbname} OWNER TO {connection.info.user})"
        ) from error
    _ensure_groups(connection)


def _ensure_groups(connection: psycopg.Connection[Any]) -> None:
    known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for group in GROUPS:
        if group in known:
            continue
        try:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(group)))
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            continue  # roles belong to the whole server; another database's migration was faster
        except psycopg.errors.InsufficientPrivilege as error:
            wanted = " ".join(f"CREATE ROLE {name} NOLOGIN;" for name in GROUPS if name not in known)
            raise MigrationError(
                f"the login {connection.info.user} may not create roles. Have an administrator run: {wanted}"
            ) from error
