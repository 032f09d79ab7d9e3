"""Files that appear whole: a reader sees the old content or the new one, never a part.

Here: writing one file or a batch (temporary name in the same folder, fsync, rename), reading a folder's
sizes and times in one pass, removing what a killed writer left, and errors that say what a person should do.
Not here: what stands in a file, and the mapping from logical to real paths (core/logical_paths.py).

After a power cut: a name points to data only once that data is on the disk, because every file is synced
before it is renamed, and the folder after it (on Windows the file system journals renames itself).
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import platform
import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

_TEMP_NAME = re.compile(r"\.ops-(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]+\.tmp")
_FOREIGN_TEMP_SECONDS = 24 * 3600  # whether a writer on another machine is alive cannot be asked
_SYNC_THREADS = 4
_BATCH_OPEN_FILES = 64  # Windows allows a process 512 open files, some systems 256

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM}
_WINDOWS_IN_USE = {5, 32, 33}  # access denied (target open), sharing violation, lock violation


class FileWriteError(Exception):
    """A file that could not be written; the one that stood there before is untouched.

    `kind`: disk_full, read_only, refused, in_use, name_too_long, not_a_folder, is_a_folder, check or other.
    """

    def __init__(self, path: Path, kind: str, message: str) -> None:
        super().__init__(path, kind, message)
        self.path = path
        self.kind = kind
        self.message = message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class FileStat:
    """Size in bytes and modification time in nanoseconds since 1970: what tells a changed file unopened."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """One file of a batch: its stat when it stands in place, the error otherwise."""

    path: Path
    stat: FileStat | None
    error: FileWriteError | None


def write_whole(path: Path, data: bytes, *, private: bool = False) -> FileStat:
    """Put `data` at `path`, making its folder when needed. Raises FileWriteError; the old file then stays.

    private: only this user may read it, from the first byte on.
    """
    outcome = write_batch([(path, data)], private=private)[0]
    if outcome.stat is None:
        assert outcome.error is not None
        raise outcome.error
    return outcome.stat


def write_if_changed(path: Path, data: bytes) -> bool:
    """Like write_whole, but leave a file alone that holds `data` already. True when it was written."""
    if stat_if_same(path, data):
        return False
    write_whole(path, data)
    return True


def stat_if_same(path: Path, data: bytes) -> FileStat | None:
    """The stat of `path` when it is a readable file with exactly these bytes, else None."""
    with contextlib.suppress(OSError):
        found = path.stat()
        if found.st_size == len(data) and path.read_bytes() == data:
            return FileStat(found.st_size, found.st_mtime_ns)
    return None


def write_batch(
    items: Sequence[tuple[Path, bytes]],
    check: Callable[[Path, bytes], None] | None = None,
    *,
    private: bool = False,
) -> list[WriteOutcome]:
    """Write many files; one that fails does not stop the others. Outcomes are in the order of `items`.

    `check(path, data)` is called with the bytes read back from the temporary file, before it takes its name;
    a ValueError from it keeps the old file. The files of a group are written first and then synced by a few
    threads at once, while the check runs: a journalling file system commits many in one go, four times as fast
    on a busy disk as one by one. A folder is synced once a group, not once a file.
    """
    outcomes: list[WriteOutcome] = []
    for start in range(0, len(items), _BATCH_OPEN_FILES):
        group = [_Pending(path, data, private) for path, data in items[start : start + _BATCH_OPEN_FILES]]
        try:
            for pending in group:
                pending.run(_Pending.write)
            with ThreadPoolExecutor(min(_SYNC_THREADS, len(group))) as pool:
                for pending in group:
                    pool.submit(pending.run, _Pending.sync)
                for pending in group:  # the disk and the processor work at the same time
                    pending.verify(check)
            for pending in group:
                pending.run(_Pending.rename)
            sync_folders({pending.path.parent for pending in group if pending.stat})
        finally:
            for pending in group:
                pending.clean()
        outcomes += (WriteOutcome(pending.path, pending.stat, pending.error) for pending in group)
    return outcomes


class _Pending:
    """A file on its way: temporary while `temp` is set, in place once `stat` is."""

    def __init__(self, path: Path, data: bytes, private: bool) -> None:
        self.path = path
        self.data = data
        # 0o666 less the umask, as for any new file: Illustrator's user must be able to read it.
        self.mode = 0o600 if private else 0o666
        self.temp: Path | None = None
        self.handle: int | None = None
        self.stat: FileStat | None = None
        self.error: FileWriteError | None = None

    def run(self, step: Callable[[_Pending], None]) -> None:
        if self.error is None:
            try:
                step(self)
            except OSError as error:
                self.error = explain(error, self.path)

    def write(self) -> None:
        temp = self.path.parent / _temp_name()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            self.handle = os.open(temp, flags, self.mode)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.handle = os.open(temp, flags, self.mode)
        self.temp = temp
        rest = memoryview(self.data)
        try:
            while rest:  # a nearly full disk takes a part without an error
                rest = rest[os.write(self.handle, rest) :]
        except OSError:
            self.clean()  # at once: the next file may need the room
            raise

    def sync(self) -> None:
        assert self.handle is not None
        os.fsync(self.handle)

    def verify(self, check: Callable[[Path, bytes], None] | None) -> None:
        if check is not None and self.error is None and self.temp is not None:
            try:
                check(self.path, self.temp.read_bytes())
            except ValueError as error:
                self.error = FileWriteError(self.path, "check", str(error))
            except OSError as error:
                self.error = explain(error, self.path)

    def rename(self) -> None:
        assert self.temp is not None
        self.close()
        _replace(self.temp, self.path)
        self.temp = None
        found = self.path.stat()
        self.stat = FileStat(found.st_size, found.st_mtime_ns)

    def close(self) -> None:
        if self.handle is not None:
            handle, self.handle = self.handle, None
            os.close(handle)

    def clean(self) -> None:
        with contextlib.suppress(OSError):
            self.close()
        if self.temp is not None:
            with contextlib.suppress(OSError):
                self.temp.unlink()


def _replace(temp: Path, path: Path) -> None:
    """Rename over the old file; on Windows a virus scanner or a viewer may hold the old file for a moment."""
    for wait in (0.05, 0.1, 0.2, 0.4, None):
        try:
            temp.replace(path)
        except OSError as error:
            if wait is None or getattr(error, "winerror", None) not in _WINDOWS_IN_USE:
                raise
            time.sleep(wait)
        else:
            return


def sync_folders(folders: Iterable[Path]) -> None:
    """Bring the names in folders to the disk, after files were renamed there."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows cannot open a folder, and need not
        return
    for folder in folders:
        # Some network file systems refuse this; the files themselves are synced already.
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def list_files(folder: Path) -> dict[str, FileStat]:
    """Name -> stat of the regular files in `folder`, in one pass and without opening any.

    Temporary files of this module are left out. A folder that does not exist is empty; one that cannot be
    read raises OSError, because "could not read" is not "empty".
    """
    try:
        with os.scandir(folder) as entries:
            return {
                entry.name: FileStat(found.st_size, found.st_mtime_ns)
                for entry in entries
                if entry.is_file() and not _TEMP_NAME.fullmatch(entry.name) and (found := entry.stat())
            }
    except FileNotFoundError:
        return {}


def remove_stale_temps(folder: Path) -> int:
    """Remove temporary files whose writer is dead, and say how many.

    A writer on this machine is dead when its process is gone or began after the file was written (its number
    was given away again); files of other machines are left alone for a day. Never raises: what cannot be
    removed now is found the next time.
    """
    removed = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _TEMP_NAME.fullmatch(entry.name)
            with contextlib.suppress(OSError):
                if match and _is_stale(match["host"], int(match["pid"]), entry.stat().st_mtime):
                    Path(entry.path).unlink()
                    removed += 1
    return removed


def _is_stale(host: str, pid: int, written_at: float) -> bool:
    if host != _host():
        return time.time() - written_at > _FOREIGN_TEMP_SECONDS
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE or process.create_time() > written_at + 1
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def _temp_name() -> str:
    """Short whatever the final name is, so that a name of 255 characters can be written too."""
    return f".ops-{_host()}-{os.getpid()}-{secrets.token_hex(4)}.tmp"


@functools.cache
def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def explain(error: OSError, path: Path) -> FileWriteError:
    """`error` while writing `path`, as a sentence that says what to do."""
    folder = path.parent
    windows_code = getattr(error, "winerror", None)
    is_folder = os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises for some of the names explained here
    if error.errno in _FULL:
        kind, advice = "disk_full", f"the disk of {folder} is full. Free space there and run again"
    elif error.errno == errno.EROFS:
        kind, advice = "read_only", f"{folder} is on a read-only disk. Mount it writable or choose another"
    elif error.errno == errno.ENAMETOOLONG or windows_code == 206:
        kind, advice = (
            "name_too_long",
            f"the name is too long ({len(path.name)} characters, {len(str(path))} with its folder). "
            "Shorten the name or use a folder nearer to the root",
        )
    elif windows_code in _WINDOWS_IN_USE - {5}:
        kind, advice = "in_use", "another program has the file open. Close it there and run again"
    elif is_folder or error.errno == errno.EISDIR:
        kind, advice = "is_a_folder", "a folder of that name is there. Rename or remove it"
    elif error.errno in _REFUSED:
        kind, advice = (
            "refused",
            f"this user may not write into {folder}, or the file is open in another program. "
            "Give the user write permission on the folder, or close the file, and run again",
        )
    elif error.errno in (errno.ENOTDIR, errno.EEXIST):
        kind, advice = "not_a_folder", f"{folder} or a part of it is a file, not a folder. Rename that file"
    else:
        kind, advice = "other", f"the system says: {error.strerror or error}"
    return FileWriteError(path, kind, f"{path} was not written: {advice}.")
