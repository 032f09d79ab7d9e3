"""Kill -9 as a tool of tests: how often, and a child that is killed at a random moment of its work.

Children are forked by one process a test session that has loaded the platform already: loading it takes longer than the
work that is to be interrupted.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ops_platform.paths import project_root

FULL = os.environ.get("OPS_CHAOS") == "full"
_LONGEST_SECONDS = 60.0
_READY, _ENDED = "the child is ready", "the work came to its end"
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); import ops_platform_tests.chaos as c; c.fork_children()"


def kills(full: int = 50, short: int = 3) -> int:
    """How many kills a campaign makes: `make chaos` the full count, `make test` a short form."""
    return full if FULL else short


def run_and_kill(work: str, arguments: Sequence[str], *, after: tuple[float, float], seed: int) -> bool:
    """Call a function with arguments in a child, and kill it -9 at a random moment after it said that it is `ready`.

    work: module:function. after: the span in seconds of which the moment is drawn. Returns whether it was still at work
    when killed.
    """
    with _child(work, arguments) as (pid, said):
        _wait(lambda: _READY in said.read_text(encoding="utf-8"), pid, said)
        time.sleep(random.Random(seed).uniform(*after))
        return _is_alive(pid)


def run_until_dead(work: str, arguments: Sequence[str]) -> bool:
    """Call a function in a child that kills itself; return whether it did, and did not come to its end."""
    with _child(work, arguments) as (pid, said):
        _wait(lambda: not _is_alive(pid), None, said)
        return _ENDED not in said.read_text(encoding="utf-8")


def ready() -> None:
    """Said by a child: from now on it may be killed."""
    _say(_READY)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fork_children() -> None:
    """Fork a child for each line of standard input. This process has one thread, so that forking is safe."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children vanish at once
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        module, _, name = order["work"].partition(":")
        work = getattr(importlib.import_module(module), name)
        pid = os.fork()
        if pid == 0:
            _be_child(order["said"])
            try:
                work(order["arguments"])
            except BaseException:
                traceback.print_exc()
            finally:
                _say(_ENDED)
                os._exit(0)
        _say(str(pid))


def _be_child(said: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.stdin.close()
    descriptor = os.open(said, os.O_WRONLY | os.O_APPEND)
    for standard in (1, 2):
        os.dup2(descriptor, standard)


@functools.cache
def _parent() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _CODE, str(project_root())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    atexit.register(process.stdin.close)
    return process


def _start(order: dict[str, object]) -> int:
    process = _parent()
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


@contextmanager
def _child(work: str, arguments: Sequence[str]) -> Iterator[tuple[int, Path]]:
    """A child at work, and the file with what it prints. It is killed at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="ops-chaos-") as folder:
        said = Path(folder) / "said"
        said.touch()
        pid = _start({"work": work, "arguments": list(arguments), "said": str(said)})
        try:
            yield pid, said
        finally:
            _end(pid)


def _wait(holds: Callable[[], bool], pid: int | None, said: Path) -> None:
    """Until something holds; pid: of a child that must not end before."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not holds():
        text = said.read_text(encoding="utf-8")
        assert pid is None or _is_alive(pid) or holds(), f"the child ended: {text!r}"
        assert time.monotonic() < deadline, f"the child does not get there: {text!r}"
        time.sleep(0.002)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _end(pid: int) -> None:
    while _is_alive(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(0.002)
