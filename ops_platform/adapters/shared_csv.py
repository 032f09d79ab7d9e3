"""CSV files that other programs write too: read, appended to, and rewritten without losing a line.

What belongs here: the lock beside the file (`<name>.lock`, taken by all of the platform and by a web form that knows
it), whole lines, one atomic replacement. What does not: what stands in a file (retail/leads.py, retail/requests.py).
A program that does not take the lock loses nothing either, as long as it opens, writes and closes within 50 ms.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from filelock import FileLock, Timeout

from ops_platform.adapters.files import FileWriteError, explain, write_whole
from ops_platform.core.csvtext import csv_text, harmless_in_spreadsheet
from ops_platform.core.delimited import RecordReader, guess_encoding

LOCK_SECONDS: Final = 20.0
SETTLED_SECONDS: Final = 600.0
_TIMES: Final = 20
_LATE_SECONDS: Final = 0.05


class SharedCsvError(Exception):
    """A shared file could not be read or written; the text says what to do. What stood in it is still there."""


@dataclass(frozen=True)
class SharedFile:
    """A file as it was read. data: empty when there is no file. settled: nobody has written to it for ten minutes."""

    data: bytes = b""
    settled: bool = True


@contextmanager
def locked(path: Path, *, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock of a shared file. Raises SharedCsvError when another program keeps it."""
    lock = FileLock(path.with_name(path.name + ".lock"), timeout=seconds, poll_interval=0.01)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise SharedCsvError(
            f"{path} is kept locked by another program (for {seconds:.0f} s now). End that program; the next run tries "
            "again"
        ) from None
    except OSError as error:
        raise SharedCsvError(str(explain(error, path))) from None
    try:
        yield
    finally:
        lock.release()


def read_shared(path: Path, *, now: float | None = None) -> SharedFile:
    """Read a shared file; one that does not exist is empty. now: seconds since 1970. Raises SharedCsvError."""
    if not path.parent.is_dir():  # no lock is made where nobody ever wrote
        return SharedFile()
    with locked(path):
        return _read(path, time.time() if now is None else now)


def append_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Add rows at the end, whole or not at all; a new file gets the header. Raises SharedCsvError."""
    with locked(path):
        _append(path, header, rows)


def add_missing(
    path: Path,
    header: Sequence[str],
    rows: Callable[[], Iterable[Sequence[str]]],
    *,
    key: Callable[[Mapping[str, str]], object],
    private: bool = False,
) -> int:
    """Add the rows whose key no line has yet; return how many. Raises SharedCsvError.

    rows: called once the file is locked, so that a line that was removed meanwhile is not brought back by what was
    read before. private: a new file is readable by its owner alone.
    """
    with locked(path):
        there = {key(part.cells) for part in _parts(_text(path), header) if part.cells is not None}
        missing = []
        for row in rows():
            written = (harmless_in_spreadsheet(cell) for cell in row)  # as it will stand in the file
            made = key(dict(zip(header, written, strict=True)))
            if made not in there:
                there.add(made)
                missing.append(row)
        if missing:
            _append(path, header, missing, mode=_mode(private=private))
    return len(missing)


def remove_rows(path: Path, header: Sequence[str], is_gone: Callable[[Mapping[str, str]], bool]) -> int:
    """Take out the rows that `is_gone` says, leaving all others byte for byte; return how many. Raises SharedCsvError.

    is_gone: is given the cells by column. Lines that cannot be read stay, and so does one that is being written.
    """
    if not path.exists():
        return 0
    with locked(path):
        return _rewritten(path, header, lambda cells, lines: "" if is_gone(cells) else lines)


def put_rows(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], *, key: Sequence[str], private: bool = False
) -> None:
    """Write rows in the place of those with the same texts in the columns `key`, new ones at the end.

    private: a new file is readable by its owner alone. Raises SharedCsvError.
    """

    def name_of(cells: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(harmless_in_spreadsheet(cells.get(column, "")) for column in key)

    wanted = {name_of(dict(zip(header, row, strict=True))): row for row in rows}
    placed: set[tuple[str, ...]] = set()

    def put(cells: Mapping[str, str], lines: str) -> str:
        name = name_of(cells)
        if name not in wanted:
            return lines
        placed.add(name)
        return csv_text(None, [wanted[name]], for_people=True)

    with locked(path):
        if path.exists():
            _rewritten(path, header, put)
        if new := [row for name, row in wanted.items() if name not in placed]:
            _append(path, header, new, mode=_mode(private=private))


def _read(path: Path, now: float) -> SharedFile:
    try:
        data = path.read_bytes()
        return SharedFile(data, now - path.stat().st_mtime > SETTLED_SECONDS)
    except FileNotFoundError:
        return SharedFile()
    except OSError as error:
        raise SharedCsvError(
            f"{path} cannot be read: {error.strerror or error}. Close it in other programs, or give this user the right"
        ) from None


def _mode(*, private: bool) -> int:
    return 0o600 if private else 0o666


def _append(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], *, mode: int = 0o666) -> None:
    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    try:
        with open(path, "ab", opener=opener) as file:
            before = file.seek(0, os.SEEK_END)
            begin = csv_text(header, []) if before == 0 else "" if _ends_line(path) else "\n"
            try:
                file.write((begin + csv_text(None, rows, for_people=True)).encode())
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(before)  # a full disk took half a line
                raise
    except OSError as error:
        raise SharedCsvError(str(explain(error, path))) from None


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) in (b"\n", b"\r")


class _Part(NamedTuple):
    """A record's lines as they are; cells: by column, None for a header and what is no whole row."""

    cells: dict[str, str] | None
    lines: str


def _text(path: Path) -> str:
    data = _read(path, 0.0).data
    if guess_encoding(data) not in ("utf-8", "utf-8-sig", "cp1252"):
        raise SharedCsvError(f"{path} is in {guess_encoding(data)} and is not written to. Save it as CSV in UTF-8")
    return data.decode("utf-8", "surrogateescape")  # and back without loss, whatever the bytes


def _parts(text: str, header: Sequence[str]) -> Iterator[_Part]:
    """The whole text in parts, nothing left out."""
    lines = list(io.StringIO(text, newline=""))
    reader = RecordReader([line.replace("\0", " ").removeprefix("\ufeff") for line in lines])
    columns: list[str] = []
    begun, cells = 0, None
    for line_no, found, problem in reader:
        yield _Part(cells, "".join(lines[begun : line_no - 1]))
        begun = line_no - 1
        names = [cell.strip().casefold() for cell in found]
        is_header = not columns and bool(set(names) & set(header))
        columns = columns or (names if is_header else list(header))
        reader.width = len(columns)
        is_row = not is_header and problem is None and len(found) == len(columns)
        cells = dict(zip(columns, found, strict=True)) if is_row else None
    is_whole = bool(lines) and lines[-1].endswith(("\n", "\r"))
    yield _Part(cells if is_whole else None, "".join(lines[begun:]))


def _rewritten(path: Path, header: Sequence[str], made: Callable[[Mapping[str, str], str], str]) -> int:
    """Put the lines of each row through `made` until nobody wrote meanwhile; return how many became others."""
    for _ in range(_TIMES):
        before = _text(path)
        parts = [
            (part.lines, part.lines if part.cells is None else made(part.cells, part.lines))
            for part in _parts(before, header)
        ]
        changed = sum(old != new for old, new in parts)
        if not changed or _replaced(path, before, "".join(new for _, new in parts)):
            return changed
    raise SharedCsvError(f"{path} is written to all the time by a program that does not take its lock; try again later")


def _replaced(path: Path, before: str, after: str) -> bool:
    """Put a text in the place of another; False when the file does not begin with that one any more."""
    old, new = (text.encode("utf-8", "surrogateescape") for text in (before, after))
    try:
        mode = path.stat().st_mode
        with path.open("rb") as file:
            there = file.read()
            if not there.startswith(old):
                return False
            if os.name == "nt":  # an open file cannot be replaced there
                file.close()
            # Who may not read the file must not read it for the moment before it has its rights back.
            write_whole(path, new + there[len(old) :], private=mode & 0o077 == 0)
            path.chmod(mode)
            # What a program that does not know the lock still wrote into the file that was there.
            late = b"" if file.closed else _read_late(file)
        if late:
            with path.open("ab") as file:
                file.write(late)
    except FileWriteError as error:
        raise SharedCsvError(str(error)) from None
    except OSError as error:
        raise SharedCsvError(str(explain(error, path))) from None
    return True


def _read_late(file: BinaryIO) -> bytes:
    time.sleep(_LATE_SECONDS)
    return file.read()
