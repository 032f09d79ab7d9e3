"""Making one copy: read the source, write it off-site, read that back, and only then give it its place.

What belongs here: one copy of a folder, a file or a database. What does not: the folder of copies (backup_store.py),
reading copies back (backup_restore.py), and when and of what copies are made (flows/retail/backups.py).
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from ops_platform.adapters.backup_manifest import FileEntry, Lost, Manifest
from ops_platform.adapters.backup_restore import DUMP, FILES, ZIP, broken, broken_files
from ops_platform.adapters.backup_source import (
    Listing,
    SourceError,
    SourceFile,
    copy_file,
    digest_of,
    list_source,
    pieces,
)
from ops_platform.adapters.backup_store import BackupStore, BackupStoreError, Copy
from ops_platform.adapters.files import explain
from ops_platform.adapters.postgres.digests import TableDigest
from ops_platform.core.globs import excluder

_THREADS: Final = 4
_NAMELESS: Final = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})


@dataclass(frozen=True)
class Order:
    """What is to be copied. made_at: the moment the run works for, ISO. min_free: bytes that stay free on the disk."""

    name: str
    day: date
    made_at: str
    min_free: int = 0


@dataclass(frozen=True)
class Made:
    """A copy that is in its place. status: ok, unchanged (that of the same day was so already) or incomplete.

    linked: files taken over from an earlier copy of the day, because they were the same.
    """

    status: str
    manifest: Manifest
    folder: Path
    linked: int = 0


class _Taken(NamedTuple):
    """What became of a file: its entry, or why it is lost."""

    entry: FileEntry | None
    lost: Lost | None = None
    is_steady: bool = True
    is_linked: bool = False


class _NamelessError(Exception):
    """The off-site folder's system cannot hold a file of this name."""


def copy_files(
    store: BackupStore,
    order: Order,
    src: Path,
    *,
    exclude: Sequence[str] = (),
    as_zip: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Made:
    """Copy a folder or a file as the copy of its day; of an earlier copy of the day only what differs is written.

    A file that cannot be read is told in the manifest; the others are copied. Errors: SourceError; BackupStoreError:
    no room, or what was written is not what was read; FileWriteError.
    """
    if store.dst == src or store.dst in src.parents:
        raise SourceError(f"the source {src} lies in the folder of the backups itself ({store.dst})")
    listing = list_source(src, excluder(exclude), never=store.dst)
    before = _of_the_day(store, order)
    _refuse_emptied(store, order, src, listing)
    _refuse_full(store, order, _new_bytes(listing, before))
    with store.new_copy(order.name, order.day) as folder:
        taken = _zipped(folder, listing, sleep) if as_zip else _copied(folder, listing, before, sleep)
        manifest = Manifest(
            name=order.name,
            day=order.day,
            made_at=order.made_at,
            source=str(src),
            kind="file" if listing.kind == "file" else "folder",
            is_zip=as_zip,
            files=tuple(each.entry for each in taken if each.entry is not None),
            folders=tuple(listing.folders),
            lost=(*listing.lost, *(each.lost for each in taken if each.lost is not None)),
            skipped=tuple(listing.skipped),
            unsteady=tuple(each.entry.path for each in taken if each.entry is not None and not each.is_steady),
        )
        return _kept(store, folder, manifest, before, sum(each.is_linked for each in taken))


def copy_database(store: BackupStore, order: Order, source: str, dump: Callable[[Path], Sequence[TableDigest]]) -> Made:
    """Keep a dump as the copy of its day. source: the database, without a password. dump: writes it into a file.

    Errors: those of dump, BackupStoreError, FileWriteError.
    """
    before = _of_the_day(store, order)
    earlier = store.copies(order.name)
    _refuse_full(store, order, max((copy.manifest.size for copy in earlier if copy.manifest), default=0))
    with store.new_copy(order.name, order.day) as folder:
        file = folder / FILES / DUMP
        file.parent.mkdir(mode=0o700)
        tables = tuple(dump(file))
        file.chmod(0o600)
        with file.open("rb+") as stream:
            os.fsync(stream.fileno())
        size, sha256 = digest_of(file)
        entry = FileEntry(DUMP, size, sha256, file.stat().st_mtime)
        manifest = Manifest(
            order.name, order.day, order.made_at, source, kind="database", files=(entry,), tables=tables
        )
        return _kept(store, folder, manifest, before, 0)


def _kept(store: BackupStore, folder: Path, manifest: Manifest, before: Copy | None, linked: int) -> Made:
    if told := broken_files(folder, manifest):
        raise BackupStoreError(f"what was written to {store.dst} is not what was read, is the disk sound? {told[0]}")
    if before is not None and before.manifest is not None and _same(before.manifest, manifest) and not broken(before):
        return Made("unchanged", before.manifest, before.folder)
    place = store.keep(folder, manifest)
    return Made("ok" if manifest.is_complete else "incomplete", manifest, place, linked)


def _same(before: Manifest, now: Manifest) -> bool:
    """Whether a second copy of the day would hold the same. Two dumps of one content differ in their bytes."""
    if not (before.is_complete and now.is_complete) or (before.kind, before.is_zip) != (now.kind, now.is_zip):
        return False
    if now.kind == "database":
        return before.tables == now.tables
    return {(f.path, f.sha256) for f in before.files} == {(f.path, f.sha256) for f in now.files}


def _of_the_day(store: BackupStore, order: Order) -> Copy | None:
    return next((copy for copy in store.copies(order.name) if copy.day == order.day), None)


# -- what must hold before anything is written


def _refuse_emptied(store: BackupStore, order: Order, src: Path, listing: Listing) -> None:
    """A folder that had files and has none is a disk that is not mounted, more often than it is empty."""
    whole = [copy.manifest for copy in store.copies(order.name) if copy.manifest and copy.is_complete]
    if whole and whole[-1].files and not listing.files:
        raise BackupStoreError(
            f"{src} is empty, and had {len(whole[-1].files):,} files on {whole[-1].day}. Is its disk mounted? If it is "
            "meant to be empty, take it out of retail.backups.targets"
        )


def _refuse_full(store: BackupStore, order: Order, needed: int) -> None:
    free = store.free_bytes()
    if needed + order.min_free > free:
        raise BackupStoreError(
            f"no room for {order.name} in {store.dst}: it needs {_mb(needed)}, {_mb(order.min_free)} must stay "
            f"free (retail.backups.min_free_mb), and {_mb(free)} are. Free some, or keep fewer copies (keep_daily)"
        )


def _new_bytes(listing: Listing, before: Copy | None) -> int:
    """What probably has to be written: files that look as they did need no room."""
    known = {} if before is None or before.manifest is None else {file.path: file for file in before.manifest.files}
    looks = {path: (file.size, file.mtime) for path, file in known.items()}
    return sum(file.size for file in listing.files if looks.get(file.path) != (file.size, file.mtime))


def _mb(size: int) -> str:
    return f"{size / 1024**2:,.0f} MB"


# -- writing


def _copied(folder: Path, listing: Listing, before: Copy | None, sleep: Callable[[float], None]) -> list[_Taken]:
    manifest = None if before is None else before.manifest
    known: dict[str, tuple[FileEntry, Path]] = {}
    if before is not None and manifest is not None and not manifest.is_zip:
        known = {entry.path: (entry, before.folder / FILES / entry.path) for entry in manifest.files}
    top = folder / FILES
    top.mkdir(mode=0o700)

    def take(file: SourceFile) -> _Taken:
        target = top / file.path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        entry, place = known.get(file.path, (None, None))
        if entry and place and entry.size == file.size and _linked(file, entry, place, target, sleep):
            return _Taken(FileEntry(file.path, entry.size, entry.sha256, file.mtime, file.mode), is_linked=True)
        return _taken(file, target, sleep)

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(take, listing.files))


def _linked(file: SourceFile, entry: FileEntry, place: Path, target: Path, sleep: Callable[[float], None]) -> bool:
    """Take the file over from the earlier copy of the day, if it is the same. Other days share no file: what breaks
    one copy must not break another."""
    try:
        if digest_of(file.place, sleep=sleep) != (entry.size, entry.sha256):
            return False
        if digest_of(place) != (entry.size, entry.sha256):
            return False  # the earlier copy is broken: it is written anew
        os.link(place, target)
    except OSError:
        return False  # the system knows no links, or the file went: it is copied, and told there
    return True


def _zipped(folder: Path, listing: Listing, sleep: Callable[[float], None]) -> list[_Taken]:
    """Each file by a plain one beside: what is in a zip file already could not be read a second time."""
    taken = []
    with zipfile.ZipFile(folder / ZIP, "x", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
        for file in listing.files:
            piece = folder / "piece"
            found = _taken(file, piece, sleep)
            if found.entry is not None:
                packed.write(piece, file.path)
            piece.unlink(missing_ok=True)
            taken.append(found)
    with (folder / ZIP).open("rb+") as stream:
        os.fsync(stream.fileno())
    (folder / ZIP).chmod(0o600)
    return taken


def _taken(file: SourceFile, target: Path, sleep: Callable[[float], None]) -> _Taken:
    """Copy one file. What is wrong with the source is told of this file; a target that cannot be written ends all."""
    writes = 0

    def write(stream: BinaryIO, most: int) -> tuple[int, str]:
        nonlocal writes
        writes += 1
        return _written(stream, most, target, again=writes > 1)

    try:
        entry, is_steady = copy_file(file, write, sleep=sleep)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return _Taken(None)  # it went while the others were copied
    except _NamelessError as error:
        return _Taken(None, Lost(file.path, str(error)))
    except OSError as error:
        target.unlink(missing_ok=True)
        return _Taken(None, Lost(file.path, error.strerror or str(error)))
    return _Taken(entry, is_steady=is_steady)


def _written(stream: BinaryIO, most: int, target: Path, *, again: bool) -> tuple[int, str]:
    """Write a stream into a new file; return its size and SHA-256. Errors: FileWriteError, _NamelessError."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if again else os.O_EXCL) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(target, flags, 0o600)
    except FileExistsError:
        raise _NamelessError("another file has this name there, but for small and capital letters") from None
    except OSError as error:
        if error.errno in _NAMELESS:
            raise _NamelessError(f"the off-site folder cannot hold a file of this name: {error.strerror}") from None
        raise explain(error, target) from error
    digest, size = hashlib.sha256(), 0
    with os.fdopen(handle, "wb") as into:
        for piece in pieces(stream, most=most):  # what fails here is the source
            digest.update(piece)
            size += len(piece)
            try:
                into.write(piece)
            except OSError as error:
                raise explain(error, target) from error
        try:
            into.flush()
            os.fsync(into.fileno())
        except OSError as error:
            raise explain(error, target) from error
    return size, digest.hexdigest()
