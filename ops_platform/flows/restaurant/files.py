"""Files of orders: JSON and JSON lines, plain or gzipped, of any size.

What belongs here: what a file of orders may look like, and telling a person what is wrong with one. What does not:
JSON itself (json_text.py), what an order means (restaurant/), writing anything.

Two kinds are known: a JSON document (a list of events, an object with the list in `data` or `order_json`, or one
event), and JSON lines (an event, or such an object, a line). What a file is, its content says; only where that leaves
it open, its name does.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

from ops_platform.flows.restaurant.json_text import JsonText, JsonTextError, bad_byte, plain_problem, read_value

_LISTS: Final = ("data", "order_json")
_KEYS_OF_EVENTS: Final = frozenset({"raw_event", "stream_id", "aggregate_type", "properties", "Order"})
_LINE_SUFFIXES: Final = (".jsonl", ".ndjson", ".jsonlines")
_BLOCK: Final = 1 << 20
_SHOWN: Final = 24
_NOT_JSON: Final = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"<", "a web page or XML (was somebody logged out?)"),
)
_EXPECTED: Final = 'a list of orders, an object with the list in "data" or "order_json", one order, or an order a line'


class OrderFileError(ValueError):
    """A file that cannot be loaded at all. The text names file, line and column and says what to do."""

    def __init__(self, name: str, problem: str, *, line: int | None = None, column: int | None = None) -> None:
        where = [name]
        where += [f"line {line:,}"] if line is not None else []
        where += [f"column {column:,}"] if column is not None else []
        super().__init__(f"{', '.join(where)}: {problem} Nothing of this file was loaded.")
        self.line = line
        self.column = column


class BadLine(NamedTuple):
    """A line of JSON lines that is no JSON. shape: what stands around the place, letters and digits masked."""

    problem: str
    column: int
    length: int
    shape: str
    digest: str


class Entry(NamedTuple):
    """Something in a file: an event, parsed, or a bad line. place: its line, or its number in a document's list."""

    place: int
    event: Any | None
    bad: BadLine | None = None


@dataclass(frozen=True)
class OrderFile:
    """An open file of orders. sha256: of the bytes as they are on disk."""

    name: str
    sha256: str
    stream: BinaryIO

    def entries(self) -> Iterator[Entry]:
        """Yield what is in the file, in its order and in flat memory.

        Errors: OrderFileError, also after some entries: a document that stops being JSON is refused as a whole, and
        whoever stored what came before has to take it back.
        """
        before = self._state()
        self.stream.seek(0)
        try:
            yield from _entries(_unpacked(self.stream), self.name)
        except JsonTextError as error:
            raise OrderFileError(
                self.name, f"{error}. {_advice(str(error))}", line=error.line, column=error.column
            ) from None
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            problem = f"the gzip archive is broken or cut off ({error}). Fetch the file again."
            raise OrderFileError(self.name, problem) from None
        if self._state() != before:
            raise OrderFileError(self.name, "it was written to while it was read. Load it again when it is complete.")

    def _state(self) -> tuple[int, int]:
        found = os.fstat(self.stream.fileno())
        return found.st_size, found.st_mtime_ns


@contextmanager
def open_order_file(path: Path) -> Iterator[OrderFile]:
    """Open a file and know it by its bytes. Errors: OSError; OrderFileError for what is no file, empty, or no JSON."""
    if path.is_dir():
        raise OrderFileError(str(path), "this is a folder. Name the files in it.")
    with path.open("rb") as stream:
        if not path.is_file():
            raise OrderFileError(str(path), "this is no file that can be read twice. Save what it gives to a file.")
        digest = hashlib.sha256()
        while block := stream.read(_BLOCK):
            digest.update(block)
        yield OrderFile(path.name, digest.hexdigest(), stream)


def _unpacked(stream: BinaryIO) -> BinaryIO:
    packed = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    return cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=stream), _BLOCK)) if packed else stream


def _entries(stream: BinaryIO, name: str) -> Iterator[Entry]:
    start = stream.peek(64)[:64] if isinstance(stream, io.BufferedReader) else stream.read(64)
    for magic, kind in _NOT_JSON:
        if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(magic):
            raise OrderFileError(name, f"this is {kind}, not JSON. Export the orders as JSON.", line=1)
    text = JsonText(stream, block=_BLOCK)
    if not text.peek():
        raise OrderFileError(name, "the file is empty. Was it still being written? Fetch it again.")
    yield from _of_lines(text) if _holds_lines(text, name) else _of_document(text, name)


def _holds_lines(text: JsonText, name: str) -> bool:
    """Whether every line is a value of its own. A document may stand in one line or be broken over many."""
    if len(text.window) < _BLOCK:
        text.more()
    first, _, rest = text.window[text.at :].partition("\n")
    if _is_object(first):
        return bool(rest.strip()) or not text.ended
    called_lines = name.removesuffix(".gz").endswith(_LINE_SUFFIXES)
    return called_lines and any(map(_is_object, [first, *rest.split("\n", 50)[:50]]))


def _is_object(line: str) -> bool:
    try:
        value, end = read_value(line.strip())
    except json.JSONDecodeError:
        return False
    return isinstance(value, dict) and end == len(line.strip())


def _of_lines(text: JsonText) -> Iterator[Entry]:
    for number, line in text.lines():
        stripped = line.strip(" \t\r\n")
        if not stripped:
            continue
        try:
            value, end = read_value(stripped)
            bad = bad_byte(stripped)
            if bad is not None:
                raise json.JSONDecodeError("this byte is no UTF-8 text", stripped, bad)
            if end < len(stripped):
                behind = len(stripped) - len(stripped[end:].lstrip())
                raise json.JSONDecodeError("something stands behind the end of the order", stripped, behind)
        except json.JSONDecodeError as error:
            yield Entry(number, None, _bad_line(line, stripped, error))
        else:
            for event in _listed(value):
                yield Entry(number, event)


def _listed(value: Any) -> list[Any]:
    """The events of one line: mostly one; a page that was written down as it came has more."""
    if isinstance(value, dict) and _KEYS_OF_EVENTS.isdisjoint(value):
        for key in _LISTS:
            if isinstance(value.get(key), list):
                return cast(list[Any], value[key])
    return [value]


def _bad_line(line: str, stripped: str, error: json.JSONDecodeError) -> BadLine:
    place = line.index(stripped) + error.pos
    around = line[max(0, place - _SHOWN) : place + _SHOWN]
    return BadLine(
        problem=plain_problem(error),
        column=place + 1,
        length=len(line),
        # A customer may stand in it, where no key can be seen; the shape is enough to find a comma that is missing.
        shape=re.sub(r"[^ -~]", "?", re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", around))),
        digest=hashlib.sha256(stripped.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _of_document(text: JsonText, name: str) -> Iterator[Entry]:
    opened = text.peek()
    if opened == "[":
        yield from _of_list(text, 0)
    elif opened == "{":
        yield from _of_object(text, name)
    else:
        text.value()  # a text or number alone is JSON, and no orders; anything else tells where it stops being JSON
        if not text.peek():
            raise OrderFileError(name, f"there are no orders in it. Expected is {_EXPECTED}.", line=1)
    if text.peek():
        problem = "something stands behind the end of the JSON document"
        raise text.error(problem, text.at)


def _of_list(text: JsonText, count: int) -> Iterator[Entry]:
    text.take("[", "a list is expected here")
    if text.peek() == "]":
        text.take("]", "")
        return
    while True:
        count += 1
        yield Entry(count, text.value())
        if text.take(",]", "after an order, a comma or the end of the list is expected here") == "]":
            return


def _of_object(text: JsonText, name: str) -> Iterator[Entry]:
    members: dict[str, Any] = {}
    count, listed = 0, False
    text.take("{", "an object is expected here")
    closed = text.peek() == "}" and bool(text.take("}", ""))
    while not closed:
        if text.peek() != '"':
            raise text.error("a name in quotation marks is expected here", text.at)
        key = text.value()
        text.take(":", "a colon is expected here")
        if key in _LISTS and text.peek() == "[":
            listed = True
            for entry in _of_list(text, count):
                count = entry.place
                yield entry
        else:
            members[key] = text.value()
        closed = text.take(",}", "a comma or the end of the object is expected here") == "}"
    if listed:
        return
    if not _KEYS_OF_EVENTS.isdisjoint(members):
        yield Entry(1, members)
        return
    inside = next((members[key] for key in _LISTS if isinstance(members.get(key), dict)), None)
    if inside is None:
        problem = "there is no list of orders in it; is it an answer with an error?"
        raise OrderFileError(name, f"{problem} Expected is {_EXPECTED}.", line=1)
    yield Entry(1, inside)


def _advice(problem: str) -> str:
    if "UTF" in problem:
        return "Save the file as UTF-8."
    if "in the middle" in problem or "never closed" in problem:
        return "Was it still being written, or cut off? Fetch it again."
    if "behind the end" in problem:
        return "If every line is an order of its own, call the file .jsonl."
    return "That is no JSON; correct it there, or export the file again."
