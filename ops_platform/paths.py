"""Where the checkout's own files are: sql/ and templates/.

What belongs here: finding shipped files, and a message that tells what is wrong when they are not there. What
does not: the folders the platform writes to (those are settings) and reading anything.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_STEM: Final = re.compile(r"^[a-z][a-z0-9_]*$")


class PathsError(Exception):
    """A file or folder of the checkout is not where it has to be; the message says what to do."""


def project_root() -> Path:
    """The folder that holds ops_platform/, sql/ and templates/: the checkout."""
    return Path(__file__).resolve().parent.parent


def sql_dir(root: Path | None = None) -> Path:
    """The folder of the queries and migrations, checked to exist."""
    return _folder("sql", root)


def migrations_dir(root: Path | None = None) -> Path:
    """The folder of the forward-only SQL migrations, NNNN_<what>.sql."""
    return _folder("sql/migrations", root)


def alembic_dir(root: Path | None = None) -> Path:
    """The folder with Alembic's env.py and the revisions that run the SQL migrations."""
    return _folder("sql/alembic", root)


def templates_dir(root: Path | None = None) -> Path:
    """The folder of the email and SMS templates."""
    return _folder("templates", root)


def query_file(business: str, name: str, root: Path | None = None) -> Path:
    """The file of one query, sql/<business>/<name>.sql.

    Raises PathsError when there is none, and when business or name is more than a stem (`..`, `a/b`): a query
    is chosen by code, never by text that came from outside.
    """
    for part in (business, name):
        if not _STEM.match(part):
            raise PathsError(f"{part!r} is no name of a query; it is lower case letters, digits and _ only")
    file = sql_dir(root) / business / f"{name}.sql"
    if not file.is_file():
        raise PathsError(f"there is no query sql/{business}/{name}.sql in {file.parent.parent.parent}")
    return file


def _folder(relative: str, root: Path | None) -> Path:
    base = project_root() if root is None else root
    folder = base / relative
    if folder.is_dir():
        return folder
    raise PathsError(
        f"{relative}/ is not in {base}: the platform runs from its checkout, where sql/ and templates/ stand "
        "beside the package ops_platform. Install it with `make venv` (pip install -e .) instead of copying "
        "or building the package, or restore the folder with `git checkout -- " + relative + "`"
    )
