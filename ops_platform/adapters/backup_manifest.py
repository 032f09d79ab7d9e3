"""What one backup copy says about itself: manifest.json beside its files, with a sum that shows when it was changed.

What belongs here: the shape, reading and writing it. What does not: files (backup_store.py, backup_source.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final, Literal

from ops_platform.adapters.files import write_whole
from ops_platform.adapters.postgres.digests import TableDigest

FILE: Final = "manifest.json"
MADE_BY: Final = "ops_platform"
_VERSION: Final = 1

Kind = Literal["folder", "file", "database"]


class ManifestError(Exception):
    """A manifest that cannot be believed; the text says why."""


@dataclass(frozen=True)
class FileEntry:
    """A file of a copy. path: from the source, with `/`. mtime: seconds since 1970. mode: permission bits."""

    path: str
    size: int
    sha256: str
    mtime: float = 0.0
    mode: int = 0o600


@dataclass(frozen=True)
class Lost:
    """A file that is not in the copy, or only so so, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """A copy. made_at: the moment the backup was made for, ISO, aware. lost: what could not be copied: the copy is not
    complete. skipped: left out on purpose or of no kind that is copied. unsteady: changed while they were copied.
    tables: what the database held.
    """

    name: str
    day: date
    made_at: str
    source: str
    kind: Kind
    is_zip: bool = False
    files: tuple[FileEntry, ...] = ()
    folders: tuple[str, ...] = ()  # empty ones; the others are made by their files
    lost: tuple[Lost, ...] = ()
    skipped: tuple[Lost, ...] = ()
    unsteady: tuple[str, ...] = ()
    tables: tuple[TableDigest, ...] = field(default=(), repr=False)

    @property
    def is_complete(self) -> bool:
        """Whether everything can be restored from it."""
        return not self.lost

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def write(self, folder: Path) -> None:
        """Put it into the folder of its copy. Errors: FileWriteError."""
        values = {**asdict(self), "day": self.day.isoformat(), "made_by": MADE_BY, "version": _VERSION}
        text = json.dumps({**values, "sha256": _sum(values)}, indent=1, ensure_ascii=False)
        write_whole(folder / FILE, text.encode())


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a copy. Errors: ManifestError: it is missing, changed, or not of ours."""
    try:
        values = json.loads((folder / FILE).read_text(encoding="utf-8"))
        told = values.pop("sha256")
    except FileNotFoundError:
        raise ManifestError(f"{folder} has no {FILE}") from None
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ManifestError(f"{folder / FILE} cannot be read: {error}") from None
    if values.get("made_by") != MADE_BY or values.get("version") != _VERSION:
        raise ManifestError(f"{folder / FILE} was not written by this program")
    if told != _sum(values):
        raise ManifestError(f"{folder / FILE} was changed after it was written")
    return _made(values, folder)


def _made(values: Mapping[str, Any], folder: Path) -> Manifest:
    files = tuple(FileEntry(**entry) for entry in values["files"])
    for path in (*(file.path for file in files), *values["folders"]):
        if not stays_inside(path):
            raise ManifestError(f"{folder / FILE} names {path!r}, which leads out of its folder")
    return Manifest(
        name=values["name"],
        day=date.fromisoformat(values["day"]),
        made_at=values["made_at"],
        source=values["source"],
        kind=values["kind"],
        is_zip=values["is_zip"],
        files=files,
        folders=tuple(values["folders"]),
        lost=tuple(Lost(**each) for each in values["lost"]),
        skipped=tuple(Lost(**each) for each in values["skipped"]),
        unsteady=tuple(values["unsteady"]),
        tables=tuple(TableDigest(**each) for each in values["tables"]),
    )


def stays_inside(path: str) -> bool:
    """Whether a relative path stays below the folder it is put behind, on any system."""
    parts = PurePosixPath(path)
    windows = PureWindowsPath(path)
    return bool(parts.parts) and not (parts.is_absolute() or windows.drive or windows.root or ".." in parts.parts)


def _sum(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
