"""Where the server's folder stands: `<home>/postgres`, or elsewhere with a link when it cannot be there.

What belongs here: finding and making that folder. What does not: what is in it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from pathlib import Path
from typing import Final

from filelock import FileLock

from ops_platform.adapters.postgres.account import Account
from ops_platform.adapters.postgres.errors import PostgresError

SYSTEM_DIR: Final = Path("/var/lib/ops_platform")

_log = logging.getLogger(__name__)


def existing_base(home: Path) -> Path | None:
    """The server's folder if there is one; makes nothing."""
    base = home / "postgres"
    return base.resolve() if base.is_dir() else None


def make_base(home: Path, account: Account, system_dir: Path) -> Path:
    """The server's folder, made where it is missing.

    As root it must be a place the server's account can enter; where `<home>/postgres` is not, a folder of its
    own under `system_dir` is made and `<home>/postgres` becomes a link to it.
    """
    link = home / "postgres"
    if os.name == "posix" and set(str(link)) & set('"$`\\'):
        # pg_ctl hands the path to a shell inside double quotes.
        raise PostgresError(f'PostgreSQL cannot work in {link}: set OPS_HOME to a folder without " $ ` or \\')
    if link.is_symlink() and not link.exists():
        raise PostgresError(
            f"{link} points to {link.readlink()}, which is gone, and the database with it. Put it back "
            f"from a backup, or remove the link to begin with an empty database: rm {link}"
        )
    home.mkdir(parents=True, exist_ok=True)
    if not account.switched:
        link.mkdir(mode=0o700, exist_ok=True)
        return link.resolve()
    with FileLock(home / "postgres.lock", is_singleton=False):  # two first commands at once decide once
        return _enterable(link, account, system_dir)


def _enterable(link: Path, account: Account, system_dir: Path) -> Path:
    """The server's folder for an account that is not ours, made and moved as needed."""
    if not link.exists():
        link.mkdir()
        link.chmod(0o755)  # whatever the umask: the server's account has to pass
    base = link.resolve()
    if account.can_enter(base):
        return base
    if any(base.iterdir()):
        raise PostgresError(
            f"the database in {base} cannot be reached by the account it runs under (uid {account.uid}), because a "
            "folder above it is closed. Open those folders for passing (chmod o+x), or run as the user who owns them"
        )
    _move_out(link, system_dir, account)
    return link.resolve()


def _move_out(link: Path, system_dir: Path, account: Account) -> None:
    """Make a folder under `system_dir` and `link` a link to it; say so."""
    system_dir.mkdir(parents=True, exist_ok=True)
    system_dir.chmod(0o755)
    if not account.can_enter(system_dir):
        raise PostgresError(
            f"PostgreSQL does not run as root, and its account (uid {account.uid}) can enter neither "
            f"{link.parent} nor {system_dir}. Run as an ordinary user, or set OPS_HOME to a folder every "
            "user can enter"
        )
    stem = hashlib.sha256(str(link).encode()).hexdigest()[:12]
    earlier = sorted(system_dir.glob(f"{stem}*"))
    base = Path(tempfile.mkdtemp(prefix=f"{stem}-", dir=system_dir))
    base.chmod(0o755)
    link.rmdir()
    link.symlink_to(base, target_is_directory=True)
    _log.warning(
        "PostgreSQL does not run as root, and its account cannot enter %s: the database is kept in %s "
        "(%s points there)",
        link.parent,
        base,
        link,
    )
    for folder in earlier:
        _log.warning("an earlier database of this checkout is still in %s; remove it if nobody needs it", folder)


def socket_dir(base: Path) -> Path | None:
    """The folder of the unix socket; None where its path would exceed the system's 107 bytes."""
    folder = base / "run"
    fits = len(os.fsencode(folder / ".s.PGSQL.65535")) <= 100
    return folder if os.name == "posix" and fits else None


def make_folder(folder: Path, account: Account, mode: int) -> None:
    """A folder inside the server's folder that belongs to the server's account."""
    # Owner and mode are set each time: a command may have been killed between making the folder and giving it away.
    folder.mkdir(mode=mode, exist_ok=True)
    folder.chmod(mode)
    account.own(folder)
