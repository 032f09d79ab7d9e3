"""Running a program that an automation asked for, without a shell, and within a time. In the sandbox it is only noted.

What belongs here: the call. What does not: whether it may run (retail/automations/check_internet.py has the guards).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import psutil

from ops_platform.flows.effects.senders import (
    Answer,
    CannotTell,
    Effect,
    Finding,
    Found,
    Refused,
    Sent,
    UnfitError,
    Unknown,
)
from ops_platform.flows.retail.systems import Systems

_LONGEST_TOLD: Final = 300


class CommandSender:
    """Runs the program of an effect, whose payload is argv (texts) and seconds."""

    kind = "command"

    def __init__(self, systems: Systems) -> None:
        self._systems = systems

    def prepare(self, effect: Effect) -> bytes | None:
        """The payload says it all. Errors: UnfitError when it names no program."""
        _argv(effect.payload)
        return None

    def send(self, effect: Effect) -> Answer:
        """Run it and wait for its end. One that does not start has done nothing; one that does not end is ended."""
        argv = _argv(effect.payload)
        if effect.is_sandbox:
            return Sent(detail="sandbox: it was only noted")
        try:
            done = subprocess.run(  # noqa: S603 - the owner's own command, as a list: no shell reads it
                argv,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=float(effect.payload.get("seconds", 60)),
                stdin=subprocess.DEVNULL,
                cwd=os.sep if os.name == "posix" else None,
            )
        except subprocess.TimeoutExpired as error:
            return Unknown(f"{argv[0]} was ended after {error.timeout:g} s")
        except (OSError, ValueError) as error:
            return Refused(f"{argv[0]} could not be started: {getattr(error, 'strerror', None) or error}")
        if done.returncode:
            told = " ".join((done.stderr or done.stdout).split())[:_LONGEST_TOLD]
            return Refused(f"{argv[0]} ended with {done.returncode}{f': {told}' if told else ''}")
        return Sent(detail=f"{argv[0]} ended with 0")

    def look_up(self, effect: Effect) -> Finding:
        """A machine that started since has been restarted. Of any other command nobody can tell."""
        started = datetime.fromtimestamp(psutil.boot_time(), UTC)
        if effect.claimed_at is not None and started > effect.claimed_at:
            return Found(detail=f"the machine has been restarted since, at {started:%Y-%m-%d %H:%M} UTC")
        return CannotTell("whether the command did its work is known to nobody; see whether the machine was restarted")


def _argv(payload: Mapping[str, Any]) -> list[str]:
    argv = payload.get("argv")
    if isinstance(argv, Sequence) and not isinstance(argv, str) and argv and str(argv[0]).strip():
        return [str(part) for part in argv]
    raise UnfitError("a command is a list of texts, the first one a program")
