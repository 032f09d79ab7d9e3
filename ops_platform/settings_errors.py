"""How wrong settings are told to a person: the key, where it came from, and the fix; never a secret's value.

What belongs here: turning pydantic's errors into sentences and finding the nearest known name. What does not:
the settings themselves and reading their sources (settings.py, settings_sources.py).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import ValidationError


class SettingsError(Exception):
    """The settings cannot be used. `problems` holds one sentence each; str() shows them all."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        count = f"{len(self.problems)} problem" + ("s" if len(self.problems) != 1 else "")
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"the settings cannot be used ({count}):\n{lines}")


def unknown(name: str, known: Iterable[str], where: str) -> str:
    """The sentence about a key that no setting has, with the nearest known one."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else "ops.example.yaml and .env.example list every setting"
    return f"{name}: unknown setting; {hint} (from {where})"


def from_validation(
    error: ValidationError,
    *,
    known: Iterable[str],
    where: Callable[[tuple[str, ...]], str],
    secret: Callable[[tuple[str, ...]], bool],
) -> list[str]:
    """One sentence for each of pydantic's errors.

    `known` are the dotted names of all settings, `where` tells which source gave a key, `secret` whether its
    value must not be shown.
    """
    problems = []
    known_names = list(known)
    for item in error.errors(include_url=False):
        location = tuple(str(part) for part in item["loc"])
        dotted = ".".join(location)
        if item["type"] == "extra_forbidden":
            problems.append(unknown(dotted, known_names, where(location)))
            continue
        value = "" if not location or secret(location) else _shown(item["input"])
        problems.append(f"{dotted or 'settings'}: {_reason(item)}{value} (from {where(location)})")
    return problems


def _reason(item: Any) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:] if message.startswith(("Input", "Unable")) else message


def _shown(value: Any) -> str:
    # A whole section may hold a secret among its keys, so only plain values are repeated.
    return f", got {value!r}" if isinstance(value, str | int | float | bool) else ""
