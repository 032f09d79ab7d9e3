"""Reading what is backed up: every file of a folder, without links, and each copied so that what is there is known.

What belongs here: the source side. What does not: where copies lie and which are kept (backup_store.py).
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from ops_platform.adapters.backup_manifest import FileEntry, Lost, stays_inside

_PIECE: Final = 1024 * 1024
Found = TypeVar("Found")
Write = Callable[[BinaryIO, int], tuple[int, str]]
"""Takes a stream and how many bytes of it count; returns size and SHA-256 of what was written."""
_WAITS: Final = (0.2, 0.5, 1.0)
_LOCKED: Final = frozenset({errno.EBUSY, errno.EAGAIN, errno.ETXTBSY})
_LOCKED_ON_WINDOWS: Final = frozenset({5, 32, 33})  # access denied, sharing violation, lock violation


class SourceError(Exception):
    """What is to be copied cannot be looked at; the text says why."""


@dataclass(frozen=True)
class SourceFile:
    """A file to copy. path: from the source, with `/`."""

    path: str
    place: Path
    size: int
    mtime: float
    mode: int


@dataclass
class Listing:
    """What a source holds. lost: what could not be looked at. skipped: links and what is no file."""

    kind: str = "folder"
    files: list[SourceFile] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    skipped: list[Lost] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def list_source(src: Path, leaves_out: Callable[[str], bool], *, never: Path | None = None) -> Listing:
    """Every file of a folder, or the one file, in the order of the names.

    never: a folder that is left out wherever it lies: the backups themselves. Errors: SourceError when src is missing
    or cannot be read; what is inside and cannot be read is `lost`.
    """
    try:
        found = src.stat()
        if stat.S_ISREG(found.st_mode):
            return Listing("file", [_file(src.name, src, found)])
        if not stat.S_ISDIR(found.st_mode):
            raise SourceError(f"{src} is neither a folder nor a file")
        listing = Listing()
        _walk(src, "", listing, leaves_out, never, _names(src))
    except FileNotFoundError:
        raise SourceError(f"the source {src} is missing") from None
    except OSError as error:
        raise SourceError(f"the source {src} cannot be read: {error.strerror or error}") from None
    return listing


def _walk(
    folder: Path, above: str, into: Listing, leaves_out: Callable[[str], bool], never: Path | None, names: list[str]
) -> None:
    taken = False
    for name in names:
        path = f"{above}{name}"
        place = folder / name
        if leaves_out(path) or place == never:
            continue
        taken = True
        if not stays_inside(path) or not _is_text(path):
            into.lost.append(Lost(_shown(path), "its name cannot be used on every system; rename it"))
            continue
        try:
            found = place.lstat()
            if stat.S_ISDIR(found.st_mode):
                _walk(place, f"{path}/", into, leaves_out, never, _names(place))
            elif stat.S_ISREG(found.st_mode):
                into.files.append(_file(path, place, found))
            else:
                into.skipped.append(Lost(path, "a link" if stat.S_ISLNK(found.st_mode) else "no file"))
        except FileNotFoundError:
            continue  # it went while we looked
        except OSError as error:
            into.lost.append(Lost(path, error.strerror or str(error)))
    if not taken and above:
        into.folders.append(above.rstrip("/"))


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def _file(path: str, place: Path, found: os.stat_result) -> SourceFile:
    return SourceFile(path, place, found.st_size, found.st_mtime, stat.S_IMODE(found.st_mode))


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(path: str) -> str:
    return path.encode(errors="backslashreplace").decode()


def digest_of(place: Path, *, sleep: Callable[[float], None] = time.sleep) -> tuple[int, str]:
    """Size and SHA-256 of a file as it is now. Errors: OSError."""
    return patiently(lambda: _digest(place), sleep)


def _digest(place: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with place.open("rb") as stream:
        for piece in pieces(stream, most=os.fstat(stream.fileno()).st_size):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def pieces(stream: BinaryIO, *, most: int | None = None) -> Iterator[bytes]:
    """A stream in pieces that fit into memory. most: bytes, so that a file that grows is not read for ever."""
    left = most
    while piece := stream.read(_PIECE if left is None else min(_PIECE, left)):
        yield piece
        left = None if left is None else left - len(piece)


def copy_file(file: SourceFile, write: Write, *, sleep: Callable[[float], None] = time.sleep) -> tuple[FileEntry, bool]:
    """Hand a file's content to `write`; return the entry, and whether the file was steady.

    A file that changes meanwhile is read again; one that never rests is kept as it was read last. Errors: OSError.
    """
    for attempt in (1, 2, 3):
        before, entry = patiently(lambda: _copied(file, write), sleep)
        after = file.place.stat()
        if (after.st_size, after.st_mtime_ns) == before and entry.size == after.st_size:
            return entry, True
        if attempt < 3:
            sleep(_WAITS[0])
    return entry, False


def _copied(file: SourceFile, write: Write) -> tuple[tuple[int, int], FileEntry]:
    with file.place.open("rb") as stream:
        found = os.fstat(stream.fileno())
        size, sha256 = write(stream, found.st_size)
    entry = FileEntry(file.path, size, sha256, found.st_mtime, stat.S_IMODE(found.st_mode))
    return (found.st_size, found.st_mtime_ns), entry


def patiently(work: Callable[[], Found], sleep: Callable[[float], None]) -> Found:
    """Try again where another program has the file locked for a moment."""
    for wait in _WAITS:
        try:
            return work()
        except OSError as error:
            if error.errno not in _LOCKED and getattr(error, "winerror", None) not in _LOCKED_ON_WINDOWS:
                raise
            sleep(wait)
    return work()
