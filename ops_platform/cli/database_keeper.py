"""The process `ops database start` leaves behind: it holds the embedded server until it is dismissed.

The server stops with the last process that holds it, so somebody has to. `python -m
ops_platform.cli.database_keeper [SECONDS]`; it ends when its file is removed (which works on every system), by
SIGTERM, or after the seconds it was given (`ops doctor --json` asks for some minutes).
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

from ops_platform.adapters.postgres.databases import embedded_server
from ops_platform.settings import load_settings

_LOOK_SECONDS = 0.3


class Keeper:
    """The keeper of one home folder, seen from any process: a lock that it holds, and a file that it watches."""

    def __init__(self, home: Path) -> None:
        self.file = home / "database.keep"
        self.log = home / "logs" / "database.log"
        self._lock = FileLock(home / "database.keep.lock", is_singleton=False)

    def alive(self) -> bool:
        """Whether a keeper runs; the system frees the lock of one that died."""
        if not self.file.parent.is_dir():
            return False
        try:
            with self._lock.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def ready(self) -> bool:
        """Whether a keeper runs and its server answers."""
        return self.file.is_file() and self.alive()

    def is_timed(self) -> bool:
        """Whether a keeper runs that ends by itself after a while."""
        return self.alive() and self.file.is_file() and "until" in self.file.read_text(encoding="ascii")

    def dismiss(self) -> None:
        """Ask the keeper to end; without one nothing happens."""
        self.file.unlink(missing_ok=True)

    def keep(self, seconds: float = math.inf) -> None:
        """Hold the server until dismissed or so long; ends at once when another keeper is at it."""
        until = time.monotonic() + seconds
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(Timeout), self._lock.acquire(timeout=0), embedded_server(load_settings()):
            try:
                self.file.write_text(f"{os.getpid()}{' until' if seconds < math.inf else ''}\n", encoding="ascii")
                while self.file.is_file() and time.monotonic() < until:
                    time.sleep(_LOOK_SECONDS)
            finally:
                self.dismiss()


def main() -> int:
    """Keep the database of the settings' home."""
    Keeper(load_settings().home).keep(*map(float, sys.argv[1:2]))
    return 0


if __name__ == "__main__":
    from ops_platform.cli.errors import run

    raise SystemExit(run(main))
