"""The server process: is it ours, is it alive, start it, stop it.

What belongs here: postmaster.pid, pg_ctl, and telling a live server from what a crash left behind. What does
not: roles, databases, configuration (cluster.py).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from ops_platform.adapters.postgres.account import Account
from ops_platform.adapters.postgres.binaries import Binaries
from ops_platform.adapters.postgres.errors import PostgresError

# Crash recovery of a full write-ahead log (2 GB) on a slow disk takes minutes.
START_SECONDS: Final = 300
STOP_SECONDS: Final = 60
# After a kill -9 the postmaster stays a zombie for a moment, and its children need a moment to notice.
STALE_SECONDS: Final = 15.0


@dataclass(frozen=True)
class Postmaster:
    """What postmaster.pid says about a server that is alive and serves this data folder."""

    pid: int
    port: int
    status: str  # starting, ready, stopping


def alive(data: Path) -> Postmaster | None:
    """The live server of this data folder, or None; what a crash left, zombies and reused pids are None."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, port = int(lines[0]), int(lines[3])
    except (FileNotFoundError, IndexError, ValueError):
        return None  # none, or one that is just being written
    if not _serves(pid, data):
        return None
    status = lines[7].strip() if len(lines) > 7 else "starting"
    return Postmaster(pid=pid, port=port, status=status)


def _serves(pid: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL server, not a zombie, and works in this data folder."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
            return False
        with contextlib.suppress(psutil.AccessDenied):
            return Path(process.cwd()) == data
        return True  # it is hidden from us; that it answers with our password is checked later
    except psutil.NoSuchProcess:
        return False


def start(binaries: Binaries, data: Path, account: Account) -> str | None:
    """Start the server and wait until it is ready. None on success, else what it said before its logs."""
    command = [binaries.program("pg_ctl"), "start", "-D", str(data), "-w", "-t", str(START_SECONDS)]
    code, output = run_program(command, account)
    return None if code == 0 else output


def stop(binaries: Binaries, data: Path, account: Account) -> None:
    """Stop the server, roll back what is open, and wait until it is gone; gone already is fine."""
    server = _process(data)
    for mode in ("fast", "immediate"):  # immediate is a crash on purpose: the next start recovers
        command = [binaries.program("pg_ctl"), "stop", "-D", str(data), "-m", mode]
        code, output = run_program([*command, "-w", "-t", str(STOP_SECONDS)], account)
        if (code == 0 or alive(data) is None) and _ends(server):
            return
    raise PostgresError(f"the PostgreSQL server of {data} does not stop: {output}")


def _process(data: Path) -> psutil.Process | None:
    """The live server's process; asked for before it is stopped, because its number may soon be another's."""
    found = alive(data)
    try:
        return psutil.Process(found.pid) if found else None
    except psutil.Error:
        return None


def _ends(server: psutil.Process | None, seconds: float = STOP_SECONDS) -> bool:
    """Wait until the process itself is gone: pg_ctl waits for its file, Windows removes no folder a process works in.

    A zombie is gone, too, for which psutil's own wait() would wait: where nobody reaps orphans (containers) it stays.
    """
    deadline = time.monotonic() + seconds
    try:
        while server and server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
    except psutil.Error:
        return True  # gone meanwhile, or not ours to ask: then pg_ctl's word has to do
    return True


def clear_stale(data: Path, sockets: Path | None) -> None:
    """Remove the lock files of a crashed server whose process id belongs to something else now.

    PostgreSQL itself refuses to start then (after a restarted container the old number is often taken). They
    go only when no PostgreSQL process works in the data folder: two servers on one folder destroy it.
    """
    if any(_workers(data)):
        return
    for file in (data / "postmaster.pid", *(sockets.glob(".s.PGSQL.*") if sockets else ())):
        with contextlib.suppress(FileNotFoundError):
            file.unlink()


def _workers(data: Path) -> Iterator[int]:
    for process in psutil.process_iter(["name", "status"]):
        if (process.info["name"] or "").startswith("postgres") and process.info["status"] != psutil.STATUS_ZOMBIE:
            try:
                if Path(process.cwd()) == data:
                    yield process.pid
            except psutil.AccessDenied:
                yield process.pid  # it cannot be asked, so it may be one of ours
            except psutil.NoSuchProcess:
                continue


def wait_while_others_finish(data: Path, seconds: float = STALE_SECONDS) -> bool:
    """Wait until no PostgreSQL process works in the data folder; False when the time is over."""
    deadline = time.monotonic() + seconds
    while any(_workers(data)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def run_program(command: Sequence[str], account: Account, *, timeout: float | None = None) -> tuple[int, str]:
    """Run a PostgreSQL program as the account; its exit code and everything it printed, in English.

    Output goes to a file, because a server that pg_ctl leaves behind would hold a pipe open for ever.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(  # noqa: S603 - programs of a checked folder, no shell
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**inherited, "LC_ALL": "C"},
                timeout=timeout,
                check=False,
                **account.popen_options(),
            )
        except OSError as error:
            raise PostgresError(
                f"{command[0]} cannot be run{_as_account(account)}: {error.strerror or error}"
            ) from error
        output.seek(0)
        return done.returncode, output.read().decode("utf-8", "replace").strip()


def _as_account(account: Account) -> str:
    return f" as the user {account.uid}" if account.switched else ""
