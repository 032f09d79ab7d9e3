"""The inside of the embedded server: its data folder, its configuration, its logins and databases.

What belongs here: initdb, the settings file, roles. What does not: tables (migrations) and processes
(postmaster.py).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from ops_platform.adapters.postgres.account import Account
from ops_platform.adapters.postgres.binaries import Binaries
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.placement import socket_dir
from ops_platform.adapters.postgres.postmaster import run_program
from ops_platform.adapters.postgres.state import SUPERUSER, Credentials, write_private

# database -> its owner. dagster owns its database alone: Dagster's storage cannot reach business data.
DATABASES: Final = {"ops": "ops", "dagster": "dagster", "counterpoint": "ops"}
# Who may read and write what is granted to these groups by the migrations; logins are made members of them.
GROUPS: Final = ("ops_app", "ops_report")
# One number for all commands: "the roles and databases of this server".
_LOCK: Final = 0x6F70735F646273
_CONFIG_NAME: Final = "ops_platform.conf"

_CONFIG: Final = """\
# Written by ops at every start; what you change here is lost. Use ALTER SYSTEM SET for settings of your own.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{sockets}'
max_connections = 100
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = 1GB
random_page_cost = 1.1
jit = off
synchronous_commit = on
fsync = {fsync}
full_page_writes = {fsync}
wal_compression = on
max_wal_size = 2GB
min_wal_size = 128MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
password_encryption = 'scram-sha-256'
# One file a weekday, the oldest overwritten. Statements and the details of errors stay out: they hold
# people's phone numbers and addresses.
logging_collector = on
log_directory = '{logs}'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_file_mode = 0600
log_line_prefix = '%m [%p] %u@%d '
log_checkpoints = off
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


def initialise(base: Path, binaries: Binaries, account: Account, credentials: Credentials, *, fsync: bool) -> None:
    """Make the data folder `<base>/data`: UTF-8, checksummed logins only (scram), no trust anywhere.

    It is made beside and renamed, so that a killed command leaves nothing half made under the name.
    """
    for left in base.glob("data.new.*"):
        shutil.rmtree(left, ignore_errors=True)
    # A name of its own: the initdb of a killed command may still be writing to the other one.
    half = base / f"data.new.{os.getpid()}"
    half.mkdir(mode=0o700)
    account.own(half)
    password = base / "initdb.password"
    write_private(password, credentials[SUPERUSER] + "\n")
    account.own(password)
    try:
        failure = ""
        for locale in (
            "C.UTF-8",
            "C",
        ):  # C.UTF-8 knows upper and lower case beyond ASCII; not every system has it
            command = [binaries.program("initdb"), "-D", str(half), "-U", SUPERUSER, "-A", "scram-sha-256"]
            command += [f"--pwfile={password}", "-E", "UTF8", f"--locale={locale}", "--no-instructions"]
            code, failure = run_program(command if fsync else [*command, "--no-sync"], account)
            if code == 0:
                break
        else:
            raise PostgresError(f"the data folder {half} could not be made:\n{failure}")
    finally:
        password.unlink()
    with (half / "postgresql.conf").open("a", encoding="utf-8") as stream:
        stream.write(f"\ninclude_if_exists = '{_CONFIG_NAME}'\n")
    half.rename(base / "data")


def configure(base: Path, account: Account, *, port: int, fsync: bool) -> None:
    """Write the server's settings for its next start."""
    sockets = socket_dir(base)
    text = _CONFIG.format(
        port=port,
        fsync="on" if fsync else "off",
        sockets=_quoted(sockets) if sockets else "",
        logs=_quoted(base / "log"),
    )
    # Made in our folder and moved: in the account's own folder the name could be somebody else's link.
    ready = base / _CONFIG_NAME
    write_private(ready, text)
    account.own(ready)
    ready.replace(base / "data" / _CONFIG_NAME)


def data_major(data: Path) -> int | None:
    """The major version that made the data folder; None when there is no data yet."""
    try:
        return int((data / "PG_VERSION").read_text(encoding="utf-8").strip())
    except (FileNotFoundError, ValueError):
        return None


def ensure_databases(connection: psycopg.Connection[Any], credentials: Credentials) -> None:
    """Make the roles and databases that are missing. The connection is the superuser's, in autocommit.

    Every step is repeatable, because a command may be killed between any two of them; its last statement may
    still be running in the server, so the steps wait for it.
    """
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for group in GROUPS:
        if group not in roles:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(group)))
    for login in ("ops", "dagster"):
        if login not in roles:
            _create_login(connection, login, credentials[login])
    databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    for name, owner in DATABASES.items():
        if name not in databases:
            make_database(connection, name, owner=owner)
        if _open_to_all(connection, name):
            _close_to_others(connection, name)


def make_database(connection: psycopg.Connection[Any], name: str, *, owner: str, template: str | None = None) -> None:
    """Create a database. The name is an identifier of the project, checked by the caller."""
    statement = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner))
    if template is not None:
        # Copying files takes half as long as writing every page of a small database to the log.
        statement += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    connection.execute(statement)


def _create_login(connection: psycopg.Connection[Any], login: str, password: str) -> None:
    # The server gets the scram verifier, not the password: nothing it may log holds it.
    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(login), sql.Literal(verifier)))


def _open_to_all(connection: psycopg.Connection[Any], database: str) -> bool:
    # datacl is NULL until the first GRANT or REVOKE: the built-in default, everybody may connect.
    row = connection.execute("SELECT datacl IS NULL FROM pg_database WHERE datname = %s", (database,)).fetchone()
    return bool(row and row[0])


def _close_to_others(connection: psycopg.Connection[Any], database: str) -> None:
    name = sql.Identifier(database)
    with connection.transaction():
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        if DATABASES[database] == "ops":
            groups = sql.SQL(", ").join(map(sql.Identifier, GROUPS))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, groups))


def _quoted(path: Path) -> str:
    return path.as_posix().replace("\\", "\\\\").replace("'", "''")
