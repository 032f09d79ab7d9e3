"""The same work of several connections at once, for tests of what happens when two people or processes meet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ops_platform.adapters.database import Database

T = TypeVar("T")


def at_once(database_url: str, work: Callable[[Database], T], times: int = 4) -> list[T]:
    """What each made; each has a connection and a thread of its own. Raises what one of them raised."""
    others = [Database(database_url) for _ in range(times)]
    try:
        with ThreadPoolExecutor(times) as pool:
            return [each.result() for each in [pool.submit(work, other) for other in others]]
    finally:
        for other in others:
            other.close()
