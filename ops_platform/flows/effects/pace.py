"""Calls at the speed their system takes, shared by every process of the platform."""

from __future__ import annotations

import time
from typing import Final

from ops_platform.adapters.database import Database
from ops_platform.adapters.rates import take

_TAKEN_SECONDS: Final = 0.02  # of the row are taken at once: fewer questions, and little is lost with a dead process


class Pace:
    """Waits for a place in the row of calls of a kind. per_second: None waits never; burst: as in rates.take."""

    def __init__(self, db: Database, name: str, per_second: float | None, burst: float = 0.0) -> None:
        self._db, self._name, self._per_second, self._burst = db, name, per_second, burst
        self._places, self._next = 0, 0.0

    def wait(self) -> float:
        """Seconds until the next call may be made; the place is taken, so it has to be made."""
        if self._per_second is None:
            return 0.0
        if not self._places:
            wanted = max(1, int(self._per_second * _TAKEN_SECONDS))
            asked = {"per_second": self._per_second, "burst": self._burst}
            seconds = take(self._db, self._name, places=wanted, **asked)
            # Only now: where the database was away there is no place, and it is asked for again.
            self._places, self._next = wanted, time.monotonic() + seconds
        self._places -= 1
        place, self._next = self._next, self._next + 1 / self._per_second
        return max(0.0, place - time.monotonic())
