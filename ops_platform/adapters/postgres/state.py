"""What the supervisor remembers between starts: the passwords and the port.

What belongs here: those two small files, written whole and private. What does not: what PostgreSQL itself
writes.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Final

from ops_platform.adapters.postgres.errors import PostgresError

SUPERUSER: Final = "postgres"
LOGINS: Final = (SUPERUSER, "ops", "dagster")
# Below the range from which systems give ports to outgoing connections, so that a port stays ours.
_FIRST_PORT: Final = 15432
_PORTS: Final = 10000


class Credentials:
    """The passwords of the logins; repr() shows none."""

    def __init__(self, passwords: dict[str, str]) -> None:
        self._passwords = passwords

    def __getitem__(self, login: str) -> str:
        """The password of one login."""
        return self._passwords[login]


def read_credentials(base: Path) -> Credentials:
    """The passwords kept in credentials.json. Raises PostgresError when they are missing or damaged."""
    file = base / "credentials.json"
    try:
        passwords = json.loads(file.read_text(encoding="utf-8"))
        if set(LOGINS) <= set(passwords):
            return Credentials(passwords)
    except (FileNotFoundError, ValueError):
        pass
    raise PostgresError(
        f"{file} is missing or damaged, and without its passwords nobody can enter the database in {base}. "
        f"Put the file back from a backup, or move {base / 'data'} away to begin with an empty database"
    )


def make_credentials(base: Path) -> Credentials:
    """New random passwords, kept in credentials.json (readable by its owner only)."""
    passwords = {login: secrets.token_urlsafe(24) for login in LOGINS}
    write_private(base / "credentials.json", json.dumps(passwords, indent=2))
    return Credentials(passwords)


def write_private(file: Path, text: str) -> None:
    """Write a file whole, readable by its owner only; that is the folder's owner, for whom root may act."""
    half = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with contextlib.suppress(FileNotFoundError):
        half.unlink()
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    if os.name == "posix" and os.geteuid() == 0:
        folder = file.parent.stat()
        os.chown(half, folder.st_uid, folder.st_gid)
    half.replace(file)


def remembered_port(base: Path) -> int | None:
    """The port of the last start; None when there is none or the file is damaged (then one is chosen)."""
    try:
        return int(json.loads((base / "state.json").read_text(encoding="utf-8"))["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember_port(base: Path, port: int) -> None:
    """Keep the port for the next start, so that URLs people noted down stay right."""
    if remembered_port(base) != port:
        write_private(base / "state.json", json.dumps({"port": port}))


def choose_port(base: Path, *, avoid: Collection[int] = ()) -> int:
    """The remembered port if it is free, else a free one that depends on the folder."""
    remembered = remembered_port(base)
    if remembered and remembered not in avoid and port_is_free(remembered):
        return remembered
    begin = zlib.crc32(str(base).encode())
    for step in range(_PORTS):
        port = _FIRST_PORT + (begin + step) % _PORTS
        if port not in avoid and port_is_free(port):
            return port
    raise PostgresError(f"no port between {_FIRST_PORT} and {_FIRST_PORT + _PORTS} is free on 127.0.0.1")


def port_is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As PostgreSQL itself does: a port whose last connections are in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
