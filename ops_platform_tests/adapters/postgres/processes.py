"""Processes as `ops` commands are: they hold the server until they are told to end, or are killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from ops_platform.paths import project_root

CHILD = """
import sys
from pathlib import Path
from ops_platform.adapters.postgres.server import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), fsync=False)
info = server.start()
print(info.pid, info.port, info.started_here, flush=True)
sys.stdin.read()
print(server.stop(), flush=True)
"""


@contextmanager
def another_process(home: Path) -> Iterator[subprocess.Popen[str]]:
    """An ops-like process that holds the server until its standard input is closed."""
    child = spawn(home)
    try:
        yield child
    finally:
        end(child)


def end(child: subprocess.Popen[str]) -> None:
    """End the process, dead or alive, and close what it left."""
    child.kill()
    child.wait()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            stream.close()


def spawn(home: Path) -> subprocess.Popen[str]:
    """Start that process."""
    command = [sys.executable, "-c", CHILD, str(home)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=project_root())


def first_line(child: subprocess.Popen[str]) -> tuple[int, int, bool]:
    """What the process says once it has the server: pid, port, started here."""
    assert child.stdout is not None
    pid, port, started_here = child.stdout.readline().split()
    return int(pid), int(port), started_here == "True"


def finish(child: subprocess.Popen[str]) -> str:
    """Let the process end by itself; what it says then (True: it stopped the server)."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    last = child.stdout.read().strip()
    child.wait()
    return last


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
