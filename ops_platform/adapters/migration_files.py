"""The files of sql/migrations: their checksums, their statements, and making new ones.

What belongs here: what can be said about migration files without a database. What does not: running them
(migrations.py).

    python -m ops_platform.adapters.migration_files new add_something   makes the SQL file and its revision
    python -m ops_platform.adapters.migration_files record              notes the checksums of finished files

`record` only adds: a file that is noted in sql/migrations/checksums.txt is released and never edited again.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ops_platform import paths

_NAME: Final = re.compile(r"^[a-z][a-z0-9_]{2,50}$")
_TRANSACTION_CONTROL: Final = re.compile(
    r"^(begin|start\s+transaction|commit|end|rollback|abort)(\s+(work|transaction))?$", re.IGNORECASE
)
_COPY: Final = re.compile(r"^copy\b.*\b(from\s+stdin|to\s+stdout)\b", re.IGNORECASE | re.DOTALL)
# What may hold a semicolon without ending a statement, else one character. E'' strings know backslashes.
_TOKEN: Final = re.compile(
    r"""
      (?P<skip> --[^\n]* | /\*.*?\*/ )
    | (?P<text> \b[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
              | \$(?P<tag>[A-Za-z_]\w*)?\$ .*? \$(?(tag)(?P=tag))\$ )
    | (?P<end> ; )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


class MigrationError(Exception):
    """A database cannot be brought to the wanted state; the message says why and what to do."""


class EditedMigrationError(MigrationError):
    """A migration file was changed after it had been applied or released."""


def checksum(file: Path) -> str:
    """SHA-256 of a file's text; line ends do not count, because git may change them on Windows."""
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of an SQL text with the line on which each begins.

    Only used to tell where something is; the server is given the whole text. Comments are left out.
    """
    begin = 0
    parts: list[str] = []
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "skip" or token["skip"]:
            continue
        if token["end"]:
            if "".join(parts).strip():
                yield text.count("\n", 0, begin) + 1, "".join(parts).strip()
            parts = []
            continue
        if not parts and token[0].isspace():
            continue
        if not parts:
            begin = token.start()
        parts.append(token[0])
    if "".join(parts).strip():
        yield text.count("\n", 0, begin) + 1, "".join(parts).strip()


def failure_line(text: str, *, position: int | None, completed: int) -> int | None:
    """The line of an error: the server's character position, else the statement after the completed ones."""
    if position is not None:
        return text.count("\n", 0, position - 1) + 1
    lines = [line for line, _ in statements(text)]
    return lines[completed] if completed < len(lines) else None


def refuse_unfit(file: Path, text: str) -> None:
    """Raise MigrationError for statements that would end the migration's transaction or wait for data."""
    for line, statement in statements(text):
        if _TRANSACTION_CONTROL.match(statement):
            raise MigrationError(
                f"{file.name}, line {line}: {statement} is not allowed in a migration: the whole file is one "
                "transaction, so that a failure leaves nothing behind. Remove the line"
            )
        if _COPY.match(statement):
            raise MigrationError(
                f"{file.name}, line {line}: COPY with STDIN or STDOUT is not possible in a migration; use INSERT"
            )


def recorded(root: Path | None = None) -> dict[str, str]:
    """File name -> checksum of the released migrations (checksums.txt, in sha256sum's format)."""
    file = paths.migrations_dir(root) / "checksums.txt"
    if not file.is_file():
        return {}
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, name in (parts for parts in lines if len(parts) == 2)}


def edited_files(root: Path | None = None) -> list[str]:
    """What is wrong with the released files: edited or gone ones, one sentence each."""
    folder = paths.migrations_dir(root)
    problems = []
    for name, digest in recorded(root).items():
        if not (folder / name).is_file():
            problems.append(f"sql/migrations/{name} was released and is gone; restore it with git checkout")
        elif checksum(folder / name) != digest:
            problems.append(
                f"sql/migrations/{name} was edited after its release; databases that have it would never see "
                "the change. Restore it with git checkout and write a new migration"
            )
    return problems


def unrecorded_files(root: Path | None = None) -> list[str]:
    """The migrations that are not in checksums.txt yet."""
    known = recorded(root)
    return sorted(file.name for file in paths.migrations_dir(root).glob("*.sql") if file.name not in known)


def record(root: Path | None = None) -> list[str]:
    """Add the checksums of files not noted yet; their names. EditedMigrationError changes nothing."""
    problems = edited_files(root)
    if problems:
        raise EditedMigrationError("\n".join(problems))
    folder = paths.migrations_dir(root)
    added = unrecorded_files(root)
    with (folder / "checksums.txt").open("a", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{checksum(folder / name)}  {name}\n" for name in added)
    return added


def new_migration(name: str, root: Path | None = None) -> tuple[Path, Path]:
    """Make an empty SQL file with the next number and the revision that runs it; both paths."""
    if not _NAME.match(name):
        raise MigrationError(f"{name!r} is no name of a migration: lower case letters, digits and _, 3 to 51 of them")
    folder = paths.migrations_dir(root)
    numbers = [int(file.name[:4]) for file in folder.glob("[0-9][0-9][0-9][0-9]_*.sql")]
    last = max(numbers, default=0)
    stem = f"{last + 1:04d}_{name}"
    sql_file = folder / f"{stem}.sql"
    template = (paths.alembic_dir(root) / "script.py.mako").read_text(encoding="utf-8")
    text = template.replace("${stem}", stem).replace("${revision}", f"{last + 1:04d}")
    text = text.replace("${down_revision}", f'"{last:04d}"' if last else "None")
    sql_file.write_text(f"-- {name.replace('_', ' ').capitalize()}: what it changes, and why.\n", encoding="utf-8")
    revision_file = paths.alembic_dir(root) / "versions" / f"{stem}.py"
    revision_file.write_text(text, encoding="utf-8")
    return sql_file, revision_file


def main(arguments: Sequence[str]) -> int:
    """`new NAME` or `record`; 0 on success, 1 with a sentence on standard error."""
    try:
        match list(arguments):
            case ["new", name]:
                sys.stdout.writelines(f"{file}\n" for file in new_migration(name))
            case ["record"]:
                sys.stdout.writelines(f"noted {name}\n" for name in record())
            case _:
                raise MigrationError("usage: python -m ops_platform.adapters.migration_files new NAME | record")
    except (MigrationError, paths.PathsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
