"""How a home folder is known to hold demo data. Imported by commands that warn about it, so nothing heavy here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ops_platform.cli.output import warn

MARK: Final = "demo.json"


def warn_if_demo(home: Path) -> None:
    """Say that real work would stand beside invented cars."""
    if (home / MARK).is_file():
        warn(f"{home} holds the invented cars of `ops demo`; for your own data remove the folder, or set OPS_HOME.")
