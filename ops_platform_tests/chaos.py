"""Kill -9 as a tool of tests: how often, and a child that is killed at a random moment of its work."""

from __future__ import annotations

import atexit
import functools
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ops_platform_tests.forks import ENDED, Forks, forks, is_alive, kill, say

FULL = os.environ.get("OPS_CHAOS") == "full"
_LONGEST_SECONDS = 60.0
_MORE_ATTEMPTS = 20
_READY = "the child is ready"


def kills(full: int = 50, short: int = 3) -> int:
    """How many kills a campaign makes: `make chaos` the full count, `make test` a short form."""
    return full if FULL else short


def attempts(wanted: int, seen: Mapping[str, int], *, at_work: int = 1) -> Iterator[int]:
    """Number the attempts of a campaign: so many, and more while too few children were at work when they were killed.

    On a machine that stalls the kill comes late, and a few of them may all find children that have ended. seen: what
    the campaign counts; `at work` are the kills of children at work, of which there have to be at_work.
    """
    yield from range(wanted)
    for attempt in range(wanted, wanted + _MORE_ATTEMPTS):
        if seen["at work"] >= at_work:
            return
        yield attempt


def run_and_kill(work: str, arguments: Sequence[str], *, after: tuple[float, float], seed: int) -> bool:
    """Call a function with arguments in a child, and kill it -9 at a random moment after it said that it is `ready`.

    work: module:function. after: the span in seconds of which the moment is drawn. Returns whether it was still at work
    when killed.
    """
    with _child(work, arguments) as (pid, said):
        _wait(lambda: _READY in said.read_text(encoding="utf-8"), pid, said)
        time.sleep(random.Random(seed).uniform(*after))
        return is_alive(pid)


def run_until_dead(work: str, arguments: Sequence[str]) -> bool:
    """Call a function in a child that kills itself; return whether it did, and did not come to its end."""
    with _child(work, arguments) as (pid, said):
        _wait(lambda: not is_alive(pid), None, said)
        return ENDED not in said.read_text(encoding="utf-8")


def ready() -> None:
    """Said by a child: from now on it may be killed."""
    say(_READY)


@functools.cache
def _session() -> Forks:
    """One for the test session: loading the platform takes longer than the work that is to be interrupted."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(forks())


@contextmanager
def _child(work: str, arguments: Sequence[str]) -> Iterator[tuple[int, Path]]:
    """A child at work, and the file with what it prints. It is killed at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="ops-chaos-") as folder:
        said = Path(folder) / "said"
        said.touch()
        pid = _session().start(work, list(arguments), said)
        try:
            yield pid, said
        finally:
            while kill(pid):
                time.sleep(0.002)


def _wait(holds: Callable[[], bool], pid: int | None, said: Path) -> None:
    """Until something holds; pid: of a child that must not end before."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not holds():
        text = said.read_text(encoding="utf-8")
        assert pid is None or is_alive(pid) or holds(), f"the child ended: {text!r}"
        assert time.monotonic() < deadline, f"the child does not get there: {text!r}"
        time.sleep(0.002)
