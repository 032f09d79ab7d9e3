"""What every service process does first: end with its supervisor, listen to signals whatever the shell did.

Only that belongs here; nothing of Dagster is imported.
"""

from __future__ import annotations

import _thread
import io
import logging
import os
import re
import signal
import sys
import threading
from typing import Final

LIFELINE: Final = "--lifeline"
_GRACE_SECONDS = 20.0
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LOG_FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"


class PlainText(io.TextIOWrapper):
    """A stream that drops colours: Dagster writes them also into files."""

    def write(self, text: str) -> int:
        """Write the text without its colours."""
        return super().write(_COLOURS.sub("", text))


def prepare(arguments: list[str]) -> None:
    """Set signals and logs right; with `--lifeline` among the arguments also end when the supervisor is gone.

    A background job of a shell starts with SIGINT ignored, Dagster gives SIGTERM the handler of SIGINT, and
    then nothing but kill -9 would end the process.
    """
    if not sys.stdout.isatty():
        descriptor = os.fdopen(sys.stdout.fileno(), "wb", closefd=False)
        sys.stdout = PlainText(descriptor, encoding="utf-8", line_buffering=True)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter(_LOG_FORMAT, "%Y-%m-%d %H:%M:%S %z"))
    logger = logging.getLogger("ops_platform")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # the last is how Windows asks
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    if LIFELINE in arguments:
        threading.Thread(target=_end_with_the_supervisor, name="lifeline", daemon=True).start()


def _end_with_the_supervisor() -> None:
    """Wait for the end of standard input, which the supervisor holds open as long as it lives."""
    # Not sys.stdin: a thread blocked in its lock makes the interpreter abort at exit.
    while True:
        try:
            if not os.read(0, 1024):
                break
        except OSError:
            break
    threading.Thread(target=_end_hard, name="lifeline-last", daemon=True).start()
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        _signal_group(signal.SIGTERM)


def _end_hard() -> None:
    threading.Event().wait(_GRACE_SECONDS)
    if sys.platform != "win32":
        _signal_group(signal.SIGKILL)
    os._exit(1)


def _signal_group(number: int) -> None:
    """The whole group: a run that went on without its code server could not be stopped from the UI."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), number)
    else:
        os.kill(os.getpid(), number)
