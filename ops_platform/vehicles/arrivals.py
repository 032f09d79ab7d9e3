"""Which files of the imports folder are ready to be loaded. Pure: listings and the sensor's cursor in, names out.

A file is ready when two looks in a row saw the same size and time: a scraper or a network copy that still writes
changes one of them. What was handed out is remembered by name, size and time for as long as it lies there (and a while
longer), so nothing is handed out twice and a file that is replaced by a newer one of the same name is handed out again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

SUFFIXES = (".csv",)
MAX_REMEMBERED = 2_000
"""How many files are remembered besides those that lie in the folder: a share that is away for a moment shows none."""


@dataclass(frozen=True)
class Listed:
    """One file as the folder shows it."""

    name: str
    size: int
    mtime_ns: int

    @property
    def identity(self) -> str:
        """What makes it this file: another size or time under the same name is another file."""
        return f"{self.name}|{self.size}|{self.mtime_ns}"


@dataclass(frozen=True)
class Cursor:
    """What the last look saw, and what was handed out so far (oldest first)."""

    last_look: tuple[str, ...] = ()
    handed_out: tuple[str, ...] = field(default=())

    @classmethod
    def from_text(cls, text: str | None) -> Cursor:
        """Read a stored cursor; a missing or unreadable one starts anew (loads are idempotent by content)."""
        try:
            stored: Any = json.loads(text or "{}")
        except ValueError:
            return cls()
        if not isinstance(stored, Mapping):
            return cls()
        return cls(_identities(stored.get("last_look")), _identities(stored.get("handed_out")))

    def to_text(self) -> str:
        """For Dagster's sensor cursor."""
        return json.dumps({"last_look": self.last_look, "handed_out": self.handed_out})


def ready_files(listing: Sequence[Listed], cursor: Cursor) -> tuple[list[Listed], Cursor]:
    """Return the files to load now, oldest name first, and the cursor to keep.

    Hidden and temporary names (leading dot or `~`, `.part`, `.tmp`) and empty files are left alone: they are being
    written. Names sort by their date (`complete_data_2025-03-13.csv`), so days are loaded in order.
    """
    candidates = [file for file in listing if _is_scrape(file)]
    before = set(cursor.last_look)
    done = set(cursor.handed_out)
    ready = sorted(
        (file for file in candidates if file.identity in before and file.identity not in done),
        key=lambda file: file.name,
    )
    here = {file.identity for file in candidates}
    handed_out = _remember((*cursor.handed_out, *(file.identity for file in ready)), here)
    return ready, Cursor(tuple(sorted(here)), handed_out)


def _remember(handed_out: Sequence[str], here: Set[str]) -> tuple[str, ...]:
    """What lies in the folder is never forgotten, else it would be handed out again; of the rest, the oldest is."""
    surplus = sum(identity not in here for identity in handed_out) - MAX_REMEMBERED
    kept = []
    for identity in handed_out:
        if identity not in here and surplus > 0:
            surplus -= 1
        else:
            kept.append(identity)
    return tuple(kept)


def _identities(stored: object) -> tuple[str, ...]:
    return tuple(each for each in stored if isinstance(each, str)) if isinstance(stored, list) else ()


def _is_scrape(file: Listed) -> bool:
    name = file.name.lower()
    return file.size > 0 and name.endswith(SUFFIXES) and not name.startswith((".", "~"))
