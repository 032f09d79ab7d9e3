"""Who is using the server: every attached process holds a lock that the system frees when the process dies.

What belongs here: the start lock and the attachments. What does not: starting or stopping.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from ops_platform.adapters.postgres.errors import PostgresError

_START_TIMEOUT: Final = 180.0


@contextlib.contextmanager
def start_lock(base: Path, timeout: float = _START_TIMEOUT) -> Iterator[None]:
    """Only one process at a time starts, stops or attaches; a killed holder frees the lock."""
    lock = FileLock(base / "start.lock", is_singleton=False, thread_local=False)
    try:
        lock.acquire(timeout=timeout)
    except Timeout:
        raise PostgresError(
            f"another ops command has been starting or stopping the database for {timeout:.0f} s "
            f"(it holds {base / 'start.lock'}); look whether it hangs, end it, and try again"
        ) from None
    try:
        yield
    finally:
        lock.release()


class Attachment:
    """This object's hold on the server: one locked file in `<base>/attached`, named after the process."""

    def __init__(self, base: Path) -> None:
        self._folder = base / "attached"
        self._own: Path | None = None
        self._lock: FileLock | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the server."""
        return self._lock is not None

    def acquire(self) -> None:
        """Hold the server; a second call changes nothing. Call it under the start lock."""
        if self._lock is not None:
            return
        self._folder.mkdir(mode=0o755, exist_ok=True)
        own = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}.lock"
        lock = FileLock(own, is_singleton=False, thread_local=False)
        lock.acquire(timeout=5)
        self._own, self._lock = own, lock

    def release(self) -> None:
        """Let the server go; without a hold nothing happens."""
        if self._lock is None or self._own is None:
            return
        self._lock.release()
        with contextlib.suppress(OSError):
            self._own.unlink()
        self._own = self._lock = None

    def others(self) -> list[int]:
        """The process ids of the other holders; files of dead ones go. Call it under the start lock."""
        alive = []
        for file in sorted(self._folder.glob("*.lock")):
            if file == self._own:
                continue
            lock = FileLock(file, is_singleton=False, thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                alive.append(int(file.name.partition("-")[0]))
                continue
            lock.release()
            with contextlib.suppress(OSError):
                file.unlink()
        return alive
