"""A real pseudo terminal for tests: a command runs in it, keys are typed, and what stands on it is read."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ops_platform.paths import project_root

_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|[\r\x07]")
_HANGS_AFTER = 60.0  # seconds without the text: a hang, not a measure


class Terminal:
    """A command in a terminal of 100 columns and 32 rows."""

    def __init__(self, handle: int, process: subprocess.Popen[bytes]) -> None:
        self._handle = handle
        self._seen = b""
        self.process = process

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._handle, keys.encode())

    def until(self, text: str) -> str:
        """Read until a text is shown; return everything shown since the last call, without control codes."""
        deadline = time.monotonic() + _HANGS_AFTER
        while text not in (shown := self._shown()):
            ready, _, _ = select.select([self._handle], [], [], max(deadline - time.monotonic(), 0))
            data = b""
            if ready:
                with contextlib.suppress(OSError):  # Linux: the last writer has gone
                    data = os.read(self._handle, 65536)
            assert data, f"{text!r} was never shown; the terminal holds {shown[-2000:]!r}"
            self._seen += data
        self._seen = b""
        return shown

    def _shown(self) -> str:
        return _CODES.sub("", self._seen.decode("utf-8", "replace")).replace("\u00a0", " ")

    def mode(self) -> list[object]:
        """The terminal's mode: echo, line editing, ..."""
        return termios.tcgetattr(self._handle)


@contextmanager
def terminal(arguments: Sequence[str], env: Mapping[str, str]) -> Iterator[Terminal]:
    """Run `ops` with some arguments in a terminal of its own."""
    handle, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 32, 100, 0, 0))
    shell = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "ops_platform", *arguments],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env={**shell, "TERM": "xterm-256color"},
        cwd=project_root(),
        start_new_session=True,
        # Else Ctrl-C would reach nobody. It is one system call, so a thread of the test cannot hold it up.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    )
    try:
        yield Terminal(handle, process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=30)
        os.close(inner)
        os.close(handle)
