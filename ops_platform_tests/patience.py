"""How long a test waits: for something that happens beside it, and for an outside system that has a fault."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

# These give no whole answer, however long one waits.
_SILENT: Final = {"timeout_before", "timeout_after", "slow_drip"}
_LONG_SECONDS: Final = 10.0


def patience(fault: str | Mapping[str, Any], *, short: float = 0.4) -> float:
    """Seconds a client waits: short where the fault never answers, long elsewhere.

    With a short time for all, a machine that stalls for a moment makes a timeout of any fault, and its test fails.
    """
    kind = fault if isinstance(fault, str) else fault["kind"]
    return short if kind in _SILENT else _LONG_SECONDS


def until(what: str, found: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait until `found` returns something true and return it; fail with `what` when it never does."""
    deadline = time.monotonic() + seconds
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.05)
