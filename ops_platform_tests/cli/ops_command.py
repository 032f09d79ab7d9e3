"""The real command `ops` for tests, in a home of its own, with the embedded server.

As a process of its own where starting, ending, signals or standard output are what matters; else inside the test's
process, which saves each command the seconds that loading pandas takes.
"""

from __future__ import annotations

import functools
import importlib.resources
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from typer.main import get_command

from ops_platform.cli import output
from ops_platform.cli.app import app
from ops_platform.cli.errors import run
from ops_platform.paths import project_root
from ops_platform.vehicles.dealerships import SHIPPED_FILE, SHIPPED_PACKAGE, load_aliases, load_dealerships
from ops_platform.vehicles.demo_data import demo_dealerships, generate_scrapes
from ops_platform_tests.conftest import open_temp_dir, remove_home


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


class Ops:
    """`ops` with one home folder; nothing of this machine's settings reaches it."""

    def __init__(self, home: Path, *, inside: bool = False) -> None:
        self.home = home
        self._run = self._run_inside if inside else self._run_as_process

    def env(self, **more: str) -> dict[str, str]:
        """The environment of the command."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPS_", "DAGSTER_", "PG"))}
        return {**kept, "OPS_HOME": str(self.home), "COLUMNS": "140", "PYTHONPATH": str(project_root()), **more}

    def run(self, *arguments: str, code: int = 0, **env: str) -> Answer:
        """Run the command to its end and insist on its exit code."""
        answer = self._run(arguments, self.env(**env))
        assert answer.code == code, f"{arguments} ended with {answer.code}\n{answer.out}\n{answer.err}"
        return answer

    def _run_as_process(self, arguments: Sequence[str], env: dict[str, str]) -> Answer:
        done = subprocess.run(
            [sys.executable, "-m", "ops_platform", *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=env,
            cwd=project_root(),
            timeout=300,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def _run_inside(self, arguments: Sequence[str], env: dict[str, str]) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        before, handler = dict(os.environ), signal.getsignal(signal.SIGTERM)
        # The consoles know the width of whatever imported them first in this process.
        output.console.width = output.errors.width = int(env["COLUMNS"])
        try:
            os.environ.clear()
            os.environ.update(env)
            with redirect_stdout(out), redirect_stderr(err):
                code = run(lambda: _command().main(list(arguments), prog_name="ops"))
        finally:
            os.environ.clear()
            os.environ.update(before)
            signal.signal(signal.SIGTERM, handler)
        return Answer(code, out.getvalue(), err.getvalue())

    def json(self, *arguments: str, code: int = 0, **env: str) -> Any:
        """Run it with --json and read its standard output, which must be JSON and nothing else."""
        return json.loads(self.run(*arguments, "--json", code=code, **env).out)


@functools.cache
def _command() -> Any:
    """What typer makes of the functions at each start: a fifth of a test's time."""
    return get_command(app)


@contextmanager
def ops_home(*, inside: bool = False, started: bool | None = None) -> Iterator[Ops]:
    """A home of its own for some tests. inside: for many commands; then the database is kept up unless not started."""
    home = open_temp_dir("ops-cli-")
    ops = Ops(home, inside=inside)
    try:
        if inside if started is None else started:
            ops.run("database", "start")
        yield ops
    finally:
        ops.run("database", "stop")
        remove_home(home)


def agency_day() -> date:
    """Today where the agency is: the day the commands work for."""
    return datetime.now(ZoneInfo("America/Chicago")).date()


def demo_scrapes(folder: Path, *, days: int, cars: int, last_day: date) -> list[Path]:
    """Invented scrapes of the shipped dealerships, as files; the last day is `last_day`."""
    text = (importlib.resources.files(SHIPPED_PACKAGE) / SHIPPED_FILE).read_text("utf-8")
    aliases = load_aliases(text)
    scrapes = generate_scrapes(
        dealerships=demo_dealerships([dealership.name for dealership in load_dealerships(text)], aliases),
        first_day=last_day - timedelta(days=days - 1),
        days=days,
        cars_per_day=cars,
        ignored_location=next(alias for alias, name in aliases.items() if name is None),
    )
    files = [folder / scrape.file_name for scrape in scrapes]
    for file, scrape in zip(files, scrapes, strict=True):
        file.write_bytes(scrape.text)
    return files
