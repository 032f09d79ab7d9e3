"""The daily job inside this process, with its progress on the terminal and its log in a file.

Dagster writes a line to standard error for every event; a person gets one moving line instead, and everything is
kept in `<home>/logs/demo.log` (and, structured, in the run's log in the UI).
"""

from __future__ import annotations

import io
import logging
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from rich.console import Console
from rich.markup import escape

from ops_platform.cli.errors import TERMINATED
from ops_platform.cli.reconciler import process_tags
from ops_platform.cli.session import Platform
from ops_platform.dagster_instance.environment import dagster_environment
from ops_platform.defs.run import DailyResult
from ops_platform.settings import settings as cached_settings

# After the time: dagster, level, job, run, for events the process, then step and text.
_EVENT: Final = re.compile(
    r" - dagster - (?P<level>[A-Z]+) - \S+ - [0-9a-f-]{36} - (?:\d+ - )?(?P<step>[\w.\[\]]+) - (?P<text>.*)"
)
_BUSINESS: Final = re.compile(r"^(vehicles|restaurant|retail)__")
_PARTS: Final = {
    "vehicles__dealership_configs": "reading the dealerships",
    "import_scrapes": "loading the scrapes",
    "vehicles__dealership_exports": "writing the exports",
    "vehicles__qr_files": "making QR files",
    "vehicles__illustrator_files": "writing print files",
    "load_orders": "fetching the orders",
    "restaurant__menu": "reading the menu",
    "restaurant__item_aliases": "reading the decisions",
    "restaurant__match_review_queue": "listing what people should look at",
    "restaurant__sales": "adding up the sales",
    "run_automations": "running the store's automations",
}
Work = Callable[[DagsterInstance, Mapping[str, str]], DailyResult]


@dataclass(frozen=True)
class Ran:
    """When the run began (the machine's clock, aware) and how long it took, Dagster's own start included."""

    began: datetime
    seconds: float


def materialize(platform: Platform, works: Sequence[Work]) -> list[tuple[DailyResult, Ran]]:
    """Do the work of each business on Dagster's own database, so that runs, lineage and checks show in the UI.

    works: the functions of defs/run.py, one after the other; the time of the first includes Dagster's start.
    """
    assert platform.session.urls is not None  # open_session always knows them
    began, clock = datetime.now(UTC), time.perf_counter()
    os.environ.update(dagster_environment(platform.settings, platform.session.urls))
    cached_settings.cache_clear()  # what was read before the folders and URLs of this process were set
    log = platform.settings.home / "logs" / "demo.log"
    done: list[tuple[DailyResult, Ran]] = []
    with _interrupts_count(), _progress() as show, _kept_output(log, show):
        show("starting Dagster")
        with _instance(Path(os.environ["DAGSTER_HOME"])) as instance:
            for work in works:
                result = work(instance, process_tags())
                done.append((result, Ran(began, time.perf_counter() - clock)))
                began, clock = datetime.now(UTC), time.perf_counter()
    return done


def _instance(home: Path) -> DagsterInstance:
    """Dagster's instance as `ops up` has it, but without copying each step's output through helper processes.

    They would print their own traceback at Ctrl-C; what the steps log is in the run's log anyway.
    """
    none = {"module": NoOpComputeLogManager.__module__, "class": NoOpComputeLogManager.__name__}
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides={"compute_logs": none}))


@contextmanager
def _interrupts_count() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the command, whatever became of them meanwhile.

    While a run goes on Dagster has its own handlers, and turns the signal into a failed step. The wake-up
    descriptor sees every signal beside them.
    """
    seen, written = socket.socketpair()
    with seen, written:
        seen.setblocking(False)
        written.setblocking(False)
        before = signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
        terminate = signal.getsignal(signal.SIGTERM)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            signal.signal(signal.SIGTERM, terminate)  # Dagster leaves its own
            _raise_again(seen)


def _raise_again(seen: socket.socket) -> None:
    try:
        signals = seen.recv(1000)
    except BlockingIOError:
        return
    if signal.SIGINT in signals:
        raise KeyboardInterrupt
    if signal.SIGTERM in signals:
        raise SystemExit(TERMINATED)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Yield a function that shows what is being done: one moving line, or one line each where nobody watches."""
    console = Console(file=sys.stderr, highlight=False)  # the real one, before it leads into the log
    if console.is_terminal:
        with console.status("") as status:
            yield lambda text: status.update(escape(text[: console.width - 4]))
    else:
        yield _Lines(console)


class _Lines:
    """Progress for a log: a line for each part of the work, none for every single check and figure."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""

    def __call__(self, text: str) -> None:
        part = text.partition(":")[0]
        if part != self._last:
            self._console.print(escape(part), soft_wrap=True)
        self._last = part


@contextmanager
def _kept_output(file: Path, show: Callable[[str], None]) -> Iterator[None]:
    """Send everything this process prints into a file, and tell `show` which step runs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", errors="replace") as log:
        output = _Output(log, show)
        with redirect_stderr(output), redirect_stdout(output), _logging_to(output):
            yield


@contextmanager
def _logging_to(stream: io.TextIOBase) -> Iterator[None]:
    """Handlers keep the stream they were made with, and would write between the lines of the progress."""
    handlers = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    before = [handler.setStream(stream) for handler in handlers]
    try:
        yield
    finally:
        for handler, old in zip(handlers, before, strict=True):
            handler.setStream(old)


class _Output(io.TextIOBase):
    """Standard output and error while the run goes on."""

    def __init__(self, log: TextIO, show: Callable[[str], None]) -> None:
        self._log = log
        self._show = show

    def write(self, text: str) -> int:
        self._log.write(text)
        for found in _EVENT.finditer(text):
            if found["text"].startswith("STEP_START"):
                self._show(part_of_work(found["step"]))
            elif found["level"] == "INFO":
                self._show(f"{part_of_work(found['step']).partition(':')[0]}: {found['text']}")
        return len(text)

    def flush(self) -> None:
        self._log.flush()


def part_of_work(step: str) -> str:
    """What a step's key means to a person: `vehicles__qr_files` is "making QR files"."""
    return _PARTS.get(step) or f"checking: {_BUSINESS.sub('', step).replace('_', ' ')}"
