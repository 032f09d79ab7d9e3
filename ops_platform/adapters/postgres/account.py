"""Which operating-system account the server runs as, and what that account can reach.

PostgreSQL refuses to run as root. Under root it therefore runs as `nobody` (or as whoever owns the data), and
`nobody` cannot pass folders like /root or a `mktemp -d`. What belongs here: accounts and reachability. What
does not: choosing folders (placement.py) or starting anything but a probe.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ops_platform.adapters.postgres.errors import PostgresError

NOBODY_UID: Final = 65534


@dataclass(frozen=True)
class Account:
    """The server's account. uid None: the account of this process, nothing to switch."""

    uid: int | None = None
    gid: int | None = None

    @property
    def switched(self) -> bool:
        """Whether the server runs as somebody else than this process."""
        return self.uid is not None

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments for subprocess that run a command as this account, from a folder it can enter."""
        if self.uid is None:
            return {"cwd": Path(os.sep)} if os.name == "posix" else {}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def own(self, path: Path) -> None:
        """Give a file or folder that this process made to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Whether the account can enter the folder; asked of the system, which knows ACLs and mounts."""
        if self.uid is None:
            return os.access(folder, os.X_OK)
        probe = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
        options = self.popen_options()
        return subprocess.run(probe, check=False, capture_output=True, **options).returncode == 0  # noqa: S603


def choose_account(data: Path) -> Account:
    """The account for the server of this data folder (which need not exist yet).

    Not root: this process's own. Root: the owner of existing data, else nobody. Raises PostgresError where
    the account has no entry in the user database, because initdb and the server refuse to run then.
    """
    if os.name != "posix":
        return Account()
    if os.geteuid() != 0:
        _require_entry(os.geteuid())
        return Account()
    uid = _owner(data) or _nobody()
    return Account(uid=uid, gid=_require_entry(uid))


def _owner(data: Path) -> int:
    try:
        return data.stat().st_uid
    except OSError:
        return 0


def _nobody() -> int:
    import pwd  # noqa: PLC0415 - POSIX only

    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return NOBODY_UID


def _require_entry(uid: int) -> int:
    """The primary group of a user; PostgresError when the user database does not know the user."""
    import pwd  # noqa: PLC0415 - POSIX only

    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        raise PostgresError(
            f"the user id {uid} has no entry in /etc/passwd, and PostgreSQL does not start without one. Run "
            "the command as a user that has a name, or add the entry as root "
            f"(echo 'ops:x:{uid}:{uid}::/tmp:/bin/sh' >> /etc/passwd), or set OPS_DATABASE_URL, "
            "OPS_DAGSTER_DATABASE_URL and OPS_COUNTERPOINT_DATABASE_URL to a server of your own"
        ) from None
