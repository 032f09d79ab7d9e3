"""Kill -9 as a tool of tests: how often, and a child that is killed at a random moment of its work."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

FULL = os.environ.get("OPS_CHAOS") == "full"


def kills(full: int = 50, short: int = 3) -> int:
    """How many kills a campaign makes: `make chaos` the full count, `make test` a short form."""
    return full if FULL else short


def run_and_kill(code: str, arguments: list[str], *, after: tuple[float, float], seed: int) -> bool:
    """Run Python code in a child and kill it -9 at a random moment after it printed `ready`.

    after: the span in seconds of which the moment is drawn. Returns whether it was still at work when killed.
    """
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert line.strip() == "ready", f"the child did not start: {line!r}"
        time.sleep(random.Random(seed).uniform(*after))
        return child.poll() is None
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
