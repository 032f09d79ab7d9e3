"""A whole database in one file, and back: pg_dump and pg_restore, with digests of every table taken at the same moment.

What belongs here: running the two programs, and seeing that what came back is what was saved. What does not: where
files are kept (adapters/backup_store.py), and the schema (migrations).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import conninfo, sql

from ops_platform.adapters.migrations import GROUPS, set_search_path
from ops_platform.adapters.postgres.binaries import wheel_bin_dir
from ops_platform.adapters.postgres.digests import TableDigest, differences, digests, sequences, tables
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.postgres.urls import mask_url, plain_url

_SUFFIX: Final = ".exe" if os.name == "nt" else ""
_MAJOR: Final = re.compile(r"\(PostgreSQL\) (?P<major>\d+)")
_LOCK_WAIT: Final = "--lock-wait-timeout=60000"  # a migration that runs for ever must not keep the backup waiting
_LONGEST_TOLD: Final = 1500


class DumpError(PostgresError):
    """A database could not be saved or brought back; the message says why and what to do."""


def dump_database(url: str, file: Path, *, bin_dir: Path | None = None) -> list[TableDigest]:
    """Save a database into a file of pg_dump's own format; return what it held at that moment.

    Others may write meanwhile: file and digests are of one snapshot. bin_dir: where to look for pg_dump first.
    Errors: DumpError, psycopg.OperationalError.
    """
    with psycopg.connect(plain_url(url)) as connection:
        program = find_program("pg_dump", bin_dir, major=connection.info.server_version // 10000)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        before = sequences(connection)  # pg_dump reads them later, when they may be further on
        command = [program, "--format=custom", f"--snapshot={row[0]}", _LOCK_WAIT, "--no-owner", f"--file={file}"]
        with _running([*command, f"--dbname={_without_password(url)}"], url) as process:
            held = sorted([*before, *tables(connection)])  # while pg_dump writes: both read the same snapshot
            _ended(process, f"the database {mask_url(url)} could not be saved")
    return held


def restore_database(
    file: Path, url: str, wanted: Sequence[TableDigest], *, bin_dir: Path | None = None
) -> list[TableDigest]:
    """Bring a dump into an empty database, compare it with what was saved, and return what it holds.

    As one transaction: it is there wholly, or not at all. Errors: DumpError, also when a table came back otherwise.
    """
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        program = find_program("pg_restore", bin_dir, major=connection.info.server_version // 10000)
        if there := digests(connection):
            raise DumpError(
                f"the database {mask_url(url)} is not empty: it has {there[0].table} and {len(there) - 1:,} more. A "
                "backup is only brought into a new one"
            )
        _make_groups(connection)
    command = [program, "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={_without_password(url)}"]
    with _running([*command, str(file)], url) as process:
        _ended(process, f"the backup could not be brought into {mask_url(url)}")
    set_search_path(url)
    with psycopg.connect(plain_url(url)) as connection:
        found = digests(connection)
    if told := differences(wanted, found):
        raise DumpError(f"what came back is not what was saved: {'; '.join(told[:5])}")
    return found


def readable(file: Path, *, bin_dir: Path | None = None) -> bool:
    """Whether pg_restore can read the table of contents of a dump. Errors: DumpError when pg_restore is missing."""
    command = [find_program("pg_restore", bin_dir), "--list", str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own program


def find_program(name: str, bin_dir: Path | None, *, major: int = 0) -> str:
    """The path of pg_dump or pg_restore, of at least the server's version: an older one refuses it.

    Searched: bin_dir, the wheel of the embedded server, Debian's folders, PATH. Errors: DumpError.
    """
    oldest = ""
    for path in _places(name, bin_dir):
        try:
            done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        except OSError:
            continue
        match = _MAJOR.search(done.stdout)
        if match and int(match["major"]) >= major:
            return path
        oldest = oldest or (f" {path} is version {match['major']}." if match else "")
    wanted = f"PostgreSQL {major} or newer" if major else "PostgreSQL"
    raise DumpError(
        f"{name} of {wanted} was not found.{oldest} Install its client programs (Debian: postgresql-client), or name "
        "their folder in OPS_POSTGRES__BIN_DIR"
    )


def _places(name: str, bin_dir: Path | None) -> Iterator[str]:
    file = name + _SUFFIX
    for folder in (bin_dir, wheel_bin_dir()):
        if folder is not None:
            yield str(folder / file)
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        yield str(folder / file)
    if found := shutil.which(name):
        yield found


@contextmanager
def _running(command: list[str], url: str) -> Iterator[subprocess.Popen[str]]:
    """The password goes by the environment: everybody on the machine can read what a program was called with."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    password = conninfo.conninfo_to_dict(plain_url(url)).get("password")
    secret = {"PGPASSWORD": str(password)} if password else {}
    process = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL, found by us
        command,
        env={**ours, **secret, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def _ended(process: subprocess.Popen[str], what: str) -> None:
    _, told = process.communicate()
    if process.returncode:
        raise DumpError(f"{what}: {' '.join(told.split())[:_LONGEST_TOLD]}")


def _without_password(url: str) -> str:
    return conninfo.make_conninfo(plain_url(url), password=None)


def _make_groups(connection: psycopg.Connection[Any]) -> None:
    """The dump grants rights to these roles; a new server does not have them."""
    known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for group in (group for group in GROUPS if group not in known):
        try:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(group)))
        except psycopg.errors.InsufficientPrivilege:
            raise DumpError(
                f"the login {connection.info.user} may not create the role {group}: have an administrator run CREATE "
                f"ROLE {group} NOLOGIN"
            ) from None
