"""Comma-separated text of unknown origin: from bytes to records with their exact line numbers.

What belongs here: encodings, line ends, quotes, and going on after a torn record. What does not: what the
columns are called and mean (each business's layouts), writing CSV (core.csvtext).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK: Final = 1 << 20
_SAMPLE: Final = 4096
_LONGEST_RECORD: Final = 100
_CP1252_BYTES: Final = "ops_platform.cp1252_bytes"


class DelimitedTextError(ValueError):
    """The bytes are no text; `line` and `column` (both from 1, of the decoded text) say where that shows."""

    def __init__(self, message: str, *, line: int, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


Record = tuple[int, list[str], str | None]
"""The line a record starts in (from 1), its cells, and what is wrong with its quotes, if anything."""


def _one_byte_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_CP1252_BYTES, _one_byte_as_cp1252)


def guess_encoding(data: bytes) -> str:
    """Return `utf-8`, `utf-8-sig`, `utf-16`, `utf-16-le`, `utf-16-be`, `utf-32` or `cp1252`.

    A byte order mark decides; without one, text with a NUL in every second byte is UTF-16. What is no valid
    UTF-8 is called cp1252, the encoding of Windows programs.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return "cp1252" if encoding == "utf-8-sig" and not _is_utf8(data) else encoding
    sample = data[:_SAMPLE]
    nuls_even, nuls_odd = sample[::2].count(0), sample[1::2].count(0)
    if max(nuls_even, nuls_odd) * 4 > len(sample):
        return "utf-16-be" if nuls_even > nuls_odd else "utf-16-le"
    return "utf-8" if _is_utf8(data) else "cp1252"


def open_text(data: bytes, encoding: str) -> TextIO:
    """Return the text of `data`, decoded bit by bit (a whole decoded copy could be four times as large).

    For `cp1252` only the bytes that are no UTF-8 are read as Windows-1252: in a file joined from many web
    sites a single such byte must not garble the UTF-8 of all the others.
    Errors: DelimitedTextError when UTF-16 or UTF-32 is broken, most often cut off.
    """
    if encoding == "cp1252":
        return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", errors=_CP1252_BYTES, newline="")
    if not encoding.startswith("utf-8"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError as error:
            line = len(data[: error.start].decode(encoding, "ignore").splitlines()) or 1
            problem = f"the bytes from here on are no {encoding} text ({error.reason})"
            raise DelimitedTextError(problem, line=line) from error
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")


class RecordReader:
    """The records of comma-separated text, whatever its line ends (LF, CRLF, CR).

    Cells hold their text exactly, embedded line ends too; blanks before a cell are dropped. Lines without any
    text are left out. Set `width` once the header is known: it makes torn records recognisable.

    A quote that is opened and never closed would swallow the rows that follow. A record of several lines is
    therefore believed only when it has `width` cells and stands up to strict parsing; else its first line is
    given alone, with `problem` set, and reading goes on with the second.
    Errors: DelimitedTextError for a NUL character.
    """

    def __init__(self, text: Iterable[str]) -> None:
        self.width: int | None = None
        self._lines = _Lines(text)

    def __iter__(self) -> Iterator[Record]:
        lines = self._lines
        reader = csv.reader(lines, skipinitialspace=True)
        while True:
            record: list[str] = []
            lines.record = record
            lines.ended_inside = False
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _OverlongRecordError):
                yield self._first_line_alone()
                continue
            if (len(record) > 1 or lines.ended_inside) and not self._holds(cells):
                yield self._first_line_alone()
            elif len(cells) > 1 or (cells and cells[0].strip()):
                yield lines.line_no - len(record) + 1, cells, None

    def _holds(self, cells: list[str]) -> bool:
        if self._lines.ended_inside or (self.width is not None and len(cells) != self.width):
            return False
        try:
            next(csv.reader(self._lines.record, skipinitialspace=True, strict=True))
        except csv.Error:
            return False
        return True

    def _first_line_alone(self) -> Record:
        line_no, line = self._lines.give_back_all_but_first()
        try:
            cells = next(csv.reader([line], skipinitialspace=True))
        except csv.Error:  # a cell above csv.field_size_limit
            cells = [line]
        return line_no, cells, "a quotation mark is opened in this line and never closed"


class _OverlongRecordError(Exception):
    """A record spans more lines than any real one."""


class _Lines:
    """Feeds csv.reader, and remembers the lines of the current record so that they can be read once more."""

    def __init__(self, text: Iterable[str]) -> None:
        self._source = iter(text)
        self._again: deque[str] = deque()
        self.record: list[str] = []
        self.line_no = 0
        self.ended_inside = False

    def give_back_all_but_first(self) -> tuple[int, str]:
        first, *rest = self.record
        self._again.extendleft(reversed(rest))
        self.line_no -= len(rest)
        return self.line_no, first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.record) >= _LONGEST_RECORD:
            raise _OverlongRecordError
        line = self._again.popleft() if self._again else self._read()
        self.line_no += 1
        if "\0" in line:
            column = line.index("\0") + 1
            raise DelimitedTextError("there is a NUL character, which no text holds", line=self.line_no, column=column)
        self.record.append(line)
        return line

    def _read(self) -> str:
        try:
            return next(self._source)
        except StopIteration:
            self.ended_inside = bool(self.record)
            raise


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
