"""Children that start in milliseconds: one process has loaded the platform and forks them.

What belongs here: starting, finding alive and killing. What does not: when a child is killed (chaos.py) and what
deliveries do in one (flows/effects/workers.py).
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops_platform.paths import project_root

ENDED = "the work came to its end"
_CODE = "import sys; sys.path.insert(0, sys.argv[1]); from ops_platform_tests import forks; forks.serve(sys.argv[2:])"


class Forks:
    """The process that forks. Made by `forks`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, work: str, given: Any, said: Path | None = None) -> int:
        """Call a function in a child; return its process number.

        work: module:function, called with `given`, which is JSON. said: a file that gets what the child prints, with
        ENDED when the function returned or raised.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        order = {"work": work, "given": given, "said": None if said is None else str(said)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def forks(*modules: str) -> Iterator[Forks]:
    """The forking process while the block runs; with it end all its children. modules: loaded before the first one."""
    with subprocess.Popen(
        [sys.executable, "-c", _CODE, str(project_root()), *modules],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            yield Forks(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether a child still runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill(pid: int) -> bool:
    """Kill a child -9; return whether it still ran."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def serve(modules: list[str]) -> None:
    """Fork a child for each line of standard input. This process has one thread, so that forking is safe."""
    for name in modules:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children vanish at once
    say("ready")
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        module, _, name = order["work"].partition(":")
        work = getattr(importlib.import_module(module), name)
        pid = os.fork()
        if pid == 0:
            _be_child(work, order["given"], order["said"] or os.devnull)
        say(str(pid))


def _be_child(work: Callable[[Any], object], given: Any, said: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.stdin.close()
    os.dup2(os.open(said, os.O_WRONLY | os.O_APPEND), 1)
    try:
        work(given)
    except BaseException:
        sys.stdout.write(traceback.format_exc())
    finally:
        say(ENDED)
        os._exit(0)
