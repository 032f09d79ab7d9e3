"""One service process with everything below it: started in a group of its own, ended whole, its log kept.

What the process does is none of this module's business, nor when it is started again (supervisor.py).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from ops_platform.cli.services.child import LIFELINE

_LOG_BYTES = 20_000_000


class ServiceProcess:
    """`python -m <module>` as a child that cannot outlive this process and can be ended with its children."""

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        folder: Path,
        cwd: Path,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = [sys.executable, "-m", module, LIFELINE, *arguments]
        self._env = dict(env)
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._strays: list[psutil.Process] = []
        self._log_began = 0

    @property
    def pid(self) -> int | None:
        """The process id, while it runs and after."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process, also again after it ended."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._rotate_log()
        self._log_began = self.log.stat().st_size if self.log.is_file() else 0
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and modules
                self._command,
                stdin=subprocess.PIPE,  # held open: its end tells the child that we are gone
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._cwd,
                # Ctrl-C in the terminal is for the supervisor alone, which ends the services in order.
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )

    def ended(self) -> int | None:
        """The exit code when the process is gone, else None. What it left running is remembered for the end."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is not None:
            self._remember(self._members())
        return code

    def ask_to_stop(self) -> None:
        """Tell the process and all below it to end; do not wait."""
        if self._process is None:
            return
        self._remember(self._members())
        if self._process.poll() is None and sys.platform == "win32":
            self._process.send_signal(signal.CTRL_BREAK_EVENT)
        for process in self._strays if os.name == "posix" else []:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGTERM)

    def wait_stopped(self, seconds: float) -> None:
        """Wait for the end of the process and all below it; kill what is left after `seconds`."""
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
        self._remember(self._members())
        # One that ignores the signal must not hold up the others' end much longer.
        _, alive = psutil.wait_procs(self._strays, timeout=1 if self._process.poll() is not None else 0)
        for process in alive:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(alive, timeout=5)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._process, self._strays = None, []

    def tail(self, lines: int = 30) -> str:
        """The last lines of the log since the last start, for a person who asks why."""
        if not self.log.is_file():
            return ""
        with self.log.open("rb") as stream:
            stream.seek(max(self._log_began, self.log.stat().st_size - 20_000))
            return "\n".join(stream.read().decode("utf-8", errors="replace").splitlines()[-lines:])

    def _members(self) -> list[psutil.Process]:
        """The process and all below it that are alive now, also when it died and they did not."""
        assert self._process is not None
        pid = self._process.pid
        found: dict[int, psutil.Process] = {}
        with suppress(psutil.Error):
            leader = psutil.Process(pid)
            if self._process.poll() is None:
                found = {process.pid: process for process in [leader, *leader.children(recursive=True)]}
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                # On Windows orphans keep the number of their parent, elsewhere the whole group keeps its own.
                mine = process.ppid() == pid if os.name != "posix" else os.getpgid(process.pid) == pid
                if mine:
                    found.setdefault(process.pid, process)
        return list(found.values())

    def _remember(self, processes: list[psutil.Process]) -> None:
        known = set(self._strays)
        self._strays += [process for process in processes if process not in known]

    def _rotate_log(self) -> None:
        if self.log.is_file() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".1.log"))
