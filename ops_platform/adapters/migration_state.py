"""Where a database stands against the migrations of this checkout; changes nothing.

What belongs here: Alembic's configuration, comparing a database with the files, and refusing what cannot be
migrated. What does not: applying migrations (migrations.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from alembic.config import Config
from alembic.script import ScriptDirectory

from ops_platform import paths
from ops_platform.adapters.migration_files import EditedMigrationError, MigrationError, checksum
from ops_platform.adapters.postgres.urls import plain_url


@dataclass(frozen=True)
class MigrationStatus:
    """Where a database stands against this checkout."""

    current: str | None
    head: str | None
    pending: list[str]  # names still to apply, in order
    edited: list[str]  # applied files that were changed since
    newer: bool  # the database is at a revision this checkout does not know


def alembic_config(root: Path | None = None) -> Config:
    """Alembic's configuration for this checkout; there is no alembic.ini."""
    config = Config()
    # ConfigParser reads % as its own sign, and a checkout may stand in a folder that has one.
    config.set_main_option("script_location", str(paths.alembic_dir(root)).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migration_status(url: str, *, root: Path | None = None) -> MigrationStatus:
    """Where the database stands; changes nothing. psycopg.OperationalError when it is not reachable."""
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        return status_of(connection, root)


def status_of(connection: psycopg.Connection[Any], root: Path | None) -> MigrationStatus:
    """`migration_status` over a connection that is open already, in autocommit."""
    script = ScriptDirectory.from_config(alembic_config(root))
    heads = script.get_heads()
    if len(heads) > 1:
        raise MigrationError(
            f"two migrations follow the same one ({', '.join(heads)}): give the later one the next number "
            "and set its down_revision to the other"
        )
    head = heads[0] if heads else None
    current = _current(connection)
    chain = list(script.walk_revisions())[::-1]  # oldest first
    names = {revision.revision: Path(revision.path).stem for revision in chain}
    if current is not None and current not in names:
        return MigrationStatus(current, head, [], [], newer=True)
    ids = list(names)
    done = 0 if current is None else ids.index(current) + 1
    edited = _edited(connection, [names[each] for each in ids[:done]], paths.migrations_dir(root))
    return MigrationStatus(current, head, [names[each] for each in ids[done:]], edited, newer=False)


def _current(connection: psycopg.Connection[Any]) -> str | None:
    if connection.execute("SELECT to_regclass('ops.migration_version')").fetchone() == (None,):
        return None
    row = connection.execute("SELECT version_num FROM ops.migration_version").fetchone()
    return None if row is None else str(row[0])


def _edited(connection: psycopg.Connection[Any], applied: list[str], folder: Path) -> list[str]:
    """The applied migrations whose file is not what was applied."""
    if connection.execute("SELECT to_regclass('ops.migration_checksums')").fetchone() == (None,):
        return []
    kept = dict(connection.execute("SELECT name, sha256 FROM ops.migration_checksums").fetchall())
    files = {name: folder / f"{name}.sql" for name in applied if name in kept}
    return [name for name, file in files.items() if not file.is_file() or checksum(file) != kept[name]]


def refuse_unusable(status: MigrationStatus) -> None:
    """Raise MigrationError for a database that is newer than the code or has edited migrations."""
    if status.newer:
        raise MigrationError(
            f"this database is at migration {status.current}, and this checkout knows migrations up to "
            f"{status.head or 'none'}: it was migrated by newer code. Update the checkout (git pull), or "
            "point OPS_DATABASE_URL to another database"
        )
    if status.edited:
        files = ", ".join(f"sql/migrations/{name}.sql" for name in status.edited)
        raise EditedMigrationError(
            f"{files} was edited after it had been applied to this database, which would never see the "
            "change. Restore the file (git checkout) and write a new migration; a database made only for "
            "development can be dropped instead"
        )
