"""A real platform for tests: `up` in a process of its own, talked to as a browser would."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from ops_platform.paths import project_root
from ops_platform_tests.patience import until

UP = """
import sys
from ops_platform.adapters.postgres.databases import database_urls
from ops_platform.cli.services import up
from ops_platform.settings import load_settings
settings = load_settings()
sys.exit(up(settings, database_urls(settings), module=sys.argv[1]))
"""
SMALL = "ops_platform_tests.cli.small_definitions"
_LAUNCH = """mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}"""


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def platform_env(home: Path, url: str, port: int) -> dict[str, str]:
    """The environment of `ops up` with a home and one database of the test's own."""
    urls = dict.fromkeys(("OPS_DATABASE_URL", "OPS_DAGSTER_DATABASE_URL", "OPS_COUNTERPOINT_DATABASE_URL"), url)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPS_", "DAGSTER_"))}
    return {**kept, **urls, "OPS_HOME": str(home), "OPS_UI__PORT": str(port)}


class RunningPlatform:
    """`up` with the small definitions; everything it prints is kept."""

    def __init__(self, home: Path, url: str, *, module: str = SMALL, port: int | None = None, **more: str) -> None:
        self.home = home
        self.url = url
        self.port = port or free_port()
        self.printed = home / "printed.txt"
        self._env = {**platform_env(home, url, self.port), **more}
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._family: set[psutil.Process] = set()

    def start(self, *, wait: bool = True, interrupts_ignored: bool = False) -> None:
        """Start it; with `wait` until it says that it is up. `interrupts_ignored`: as a shell's `&` does."""
        self.home.mkdir(parents=True, exist_ok=True)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if interrupts_ignored else None
        try:
            with self.printed.open("wb") as output:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", UP, self._module],
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=self._env,
                    cwd=project_root(),
                )
        finally:
            if before is not None:
                signal.signal(signal.SIGINT, before)
        if wait:
            until("the platform is up", lambda: "is up after" in self.said() or self.process.poll() is not None)
            assert self.process.poll() is None, self.said() + self.logs()

    @property
    def started(self) -> bool:
        """Whether it was ever started."""
        return self._process is not None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def said(self) -> str:
        """All that `up` printed."""
        return self.printed.read_text(encoding="utf-8") if self.printed.exists() else ""

    def logs(self) -> str:
        """The logs of the services."""
        return "\n".join(file.read_text(encoding="utf-8") for file in sorted((self.home / "logs").glob("*.log")))

    def service(self, name: str) -> psutil.Process | None:
        """The living process of one service, by its module's last name."""
        for process in self.family():
            with suppress(psutil.Error):
                if f"ops_platform.cli.{name}" in process.cmdline():
                    return process
        return None

    def family(self) -> set[psutil.Process]:
        """Every process ever seen below this one, and itself."""
        with suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self.process.pid)
            self._family |= {leader, *leader.children(recursive=True)}
        return self._family

    def left(self) -> list[psutil.Process]:
        """Those of the family that are still there."""
        return [p for p in self._family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]

    def interrupt(self, number: int = signal.SIGINT) -> int:
        """Send a signal, wait for the end, return the exit code."""
        self.family()
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def kill_everything(self) -> None:
        """What a power cut does: nobody gets to say a last word."""
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        psutil.wait_procs(self._family, timeout=20)

    def graphql(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask as the UI's own page does."""
        origin = f"http://127.0.0.1:{self.port}"
        request = urllib.request.Request(
            f"{origin}/graphql",
            data=json.dumps({"query": query, "variables": variables or {}}).encode(),
            headers={"Content-Type": "application/json", "Origin": origin, "Sec-Fetch-Site": "same-origin"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        assert "errors" not in found, found
        return found["data"]  # type: ignore[no-any-return]

    def launch(self) -> str:
        """Launch the job through the UI's API; return the run's id."""
        selector = {
            "repositoryLocationName": "ops_platform",
            "repositoryName": "__repository__",
            "jobName": "waiting_job",
        }
        params = {"selector": selector, "runConfigData": {}}
        answer = self.graphql(_LAUNCH, {"params": params})["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    def status(self, run_id: str) -> str:
        """The status of a run as the UI shows it."""
        query = "query Q($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
        return str(self.graphql(query, {"id": run_id})["runOrError"]["status"])
