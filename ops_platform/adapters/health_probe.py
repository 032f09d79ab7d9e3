"""The answer about one thing the platform depends on. Nothing else: health.py and health_outside.py ask."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """The answer about one dependency. what_to_do is empty when nothing is to be done.

    optional: the platform works without it, so `ok=False` is no failure of the whole.
    """

    name: str
    ok: bool
    version: str | None
    detail: str
    what_to_do: str = ""
    optional: bool = False
